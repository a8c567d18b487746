"""What the DeepXDE baseline is made of: the equation as its residual, its data and conditions, its clock."""
