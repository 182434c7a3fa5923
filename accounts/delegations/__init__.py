"""委托: somebody who will be away lets another act for him at his posts, from a day to a day."""
