"""Field networks. Any torch.nn.Module may serve; these also evaluate Taylor coefficients (`taylor`)."""
