"""A turn from the question to the last frame: runs, frames, storage, settlement."""
