"""What reviewers say often: usual opinions (常用意见), and the codes of reasons for returning and cutting."""
