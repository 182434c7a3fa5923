"""The three ways a request is turned down, each with a Chinese sentence for its reader."""

from collections.abc import Sequence
from typing import Final

SOMEBODY: Final = "其他人"


class Refused(Exception):  # noqa: N818  a refusal is an answer, not an error
    """A rule says no. `str()` is a sentence that tells the clerk which row, which rule and what to do."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class Conflict(Refused):
    """Somebody saved the same thing meanwhile; `differences` tells field by field what is stored and what was typed.

    Saving once more with `version` is the person's word that he has seen them. `by` says who saved, and when.
    """

    def __init__(self, what: str, differences: Sequence[str], version: int, by: str = SOMEBODY) -> None:
        super().__init__(
            f"{what}刚刚被{by}保存过，您填写的内容仍在本页，没有写入。请核对下面的差异，再决定是否以您的内容为准保存。",
            *differences,
        )
        self.differences = tuple(differences)
        self.version = version


class Overtaken(Refused):
    """Somebody else was faster; the sentence says who, when, and what to do. Shown as 409."""


class Busy(Refused):
    """The database could not serve this just now, though it was tried several times. Shown as 503."""

    def __init__(self) -> None:
        super().__init__("系统正忙，这次操作没有保存，请稍后再试；您填写的内容可以返回上一页找到。")


class Away(Busy):
    """The store of files did not answer, though it was asked several times. Shown as 503; a job comes back later."""

    def __init__(self) -> None:
        Refused.__init__(self, "文件存储暂时连接不上，这次操作没有保存，请稍后再试；一直不行请联系系统管理员。")


class Damaged(Refused):
    """A stored file is not what was stored under its digest: changed, cut off, or sealed with a key we have not got."""

    def __init__(self, why: str) -> None:
        super().__init__(f"这份文件存储以后已损坏（{why}），不能打开，请联系系统管理员。")
        self.why = why


class Missing(Exception):  # noqa: N818  the answer is 404, whether the thing is absent or another unit's
    """The thing does not exist for this person. Shown as 404, the same for absent and for foreign things."""

    def __init__(self, sentence: str = "没有找到您要的内容。") -> None:
        super().__init__(sentence)


class Forbidden(Exception):  # noqa: N818  the answer is 403
    """The person is known but holds no post that allows this page. Shown as 403."""

    def __init__(self, sentence: str = "您的岗位不能使用这个功能，如有需要请联系系统管理员。") -> None:
        super().__init__(sentence)
