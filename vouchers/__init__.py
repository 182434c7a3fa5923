"""Which paper proves it: papers (the register of source vouchers) and, to their right, readers."""
