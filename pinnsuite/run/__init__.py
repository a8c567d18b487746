"""What surrounds the numbers: verdicts, checkpoints, preemption, manifests, telemetry and the folder of a run."""
