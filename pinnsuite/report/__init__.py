"""What a person reads: descriptions, figures, reports and result tables."""
