"""The people and the posts they hold: who may do what, where."""
