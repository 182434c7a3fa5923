"""People and the posts (岗位) that they hold at a place from a day to a day."""
