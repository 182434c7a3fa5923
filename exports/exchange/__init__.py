"""The national tables of 预算管理一体化, out and in."""
