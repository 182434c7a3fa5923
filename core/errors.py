"""The three ways a request is turned down, each with a Chinese sentence for its reader."""


class Refused(Exception):  # noqa: N818  a refusal is an answer, not an error
    """A rule says no. `str()` is a sentence that tells the clerk which row, which rule and what to do."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class Missing(Exception):  # noqa: N818  the answer is 404, whether the thing is absent or another unit's
    """The thing does not exist for this person. Shown as 404, the same for absent and for foreign things."""

    def __init__(self, sentence: str = "没有找到您要的内容。") -> None:
        super().__init__(sentence)


class Forbidden(Exception):  # noqa: N818  the answer is 403
    """The person is known but holds no post that allows this page. Shown as 403."""

    def __init__(self, sentence: str = "您的岗位不能使用这个功能，如有需要请联系系统管理员。") -> None:
        super().__init__(sentence)
