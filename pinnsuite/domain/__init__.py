"""Where a problem lives: axes, boxes, shapes, and the points drawn from them."""
