"""Reading and writing: solutions as HDF5 and as meshes, and data to fit to."""
