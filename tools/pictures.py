"""Makes the pictures of the README and the guide from a running demonstration, and keeps them in docs/pictures.

    python -m tools.pictures             all of them
    python -m tools.pictures desk plan   only those named

The house lives in a temporary folder and its clock stands still, so that a picture changes only when its page does.
The pictures are taken in the order of SHOTS: a few of them move the story on before they are taken.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from typing import Final

import pypdfium2
from PIL import Image
from playwright.sync_api import FilePayload, Page

from budget.allotments.layout import ALLOTMENTS
from budget.plans.rules import PlanState
from core.money import Money
from demo.load import sample
from tools.stage import DIVISION, HEIGHT, WIDTH, Scene, open_scene

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURES: Final = ROOT / "docs/pictures"
LARGEST: Final = 150 * 1024


def entry(scene: Scene) -> Page:
    """The clerk's sheet; the first row is chosen and its voucher shown beside it."""
    page = scene.page("clerk1", f"/plans/{scene.plan(PlanState.DRAFT, 'clerk1')}/edit")
    page.locator("#lines tbody tr:nth-child(1) [data-col=applied] input").click()
    page.get_by_role("heading", name="第 1 行附件").wait_for()
    page.locator("aside .files .thumb img").wait_for()
    return page


def check(scene: Scene) -> Page:
    """送审前核对 of the same draft: two lines still lack their voucher."""
    return scene.page("clerk1", f"/plans/{scene.plan(PlanState.DRAFT, 'clerk1')}/check")


def papers(scene: Scene) -> Page:
    """All vouchers of the draft."""
    return scene.page("clerk1", f"/plans/{scene.plan(PlanState.DRAFT, 'clerk1')}/papers")


def matrix(scene: Scene) -> Page:
    """凭证对应表 of the draft: what is proven of each line, and what is left of each paper."""
    return scene.page("clerk1", f"/plans/{scene.plan(PlanState.DRAFT, 'clerk1')}/papers/table")


def unit_desk(scene: Scene) -> Page:
    """The unit's auditor at the desk."""
    return _desk(scene, "auditor1")


def desk(scene: Scene) -> Page:
    """The business office: one line agreed, one cut and being explained."""
    page = _desk(scene, "office06")
    page.keyboard.press("a")
    page.keyboard.press("e")
    page.keyboard.type("3900")
    page.keyboard.press("Enter")
    page.keyboard.insert_text("按差旅费标准核定")
    page.locator("[data-papers-pane]").get_by_text("第2行").first.wait_for()
    page.locator("[data-papers-pane] .leaf img").first.wait_for()
    page.wait_for_load_state("networkidle")
    return page


def _desk(scene: Scene, username: str) -> Page:
    page = scene.page(username, "/queue")
    page.locator("tbody tr a").first.click()
    page.locator("[data-papers-pane] .leaf img").first.wait_for()
    page.wait_for_load_state("networkidle")
    return page


def returned(scene: Scene) -> Page:
    """The office sends one line back; the clerk's sheet has only that line open."""
    page = _desk(scene, "auditor1")
    page.keyboard.press("Alt+a")
    page.keyboard.press("Control+Enter")
    page.locator(".flash.ok").wait_for()
    page = _desk(scene, "office04")
    page.keyboard.press("Alt+a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    page.keyboard.insert_text("电费金额与发票不一致，请核对")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    page.locator(".flash.ok").wait_for()
    page = scene.page("clerk1", f"/plans/{scene.plan(PlanState.RETURNED, 'clerk1')}/edit")
    page.locator("#lines tr.back [data-col=applied] input").click()
    page.get_by_role("heading", name="第 2 行附件").wait_for()
    page.locator("aside .files .thumb img").first.wait_for()
    return page


def reduction(scene: Scene) -> Page:
    """Half of an approved line is taken back."""
    page = scene.page("clerk3", "/plans/new")
    page.locator("#kind-reduction").check()
    page.get_by_label("调减原因").fill("接种点合并，登记用品少采购一半")
    page.get_by_role("button", name="开始填报").click()
    page.wait_for_url("**/minus")
    page.locator("#lines tbody tr:nth-child(2) [data-col=amount] input:not([type=hidden])").fill("2600")
    page.keyboard.press("Tab")
    return page


def import_preview(scene: Scene) -> Page:
    """A later list of allotments in which three amounts have changed."""
    path = next((ROOT / "demo").glob("BA_BGT_INFO_*.xlsx"))
    rows = list(csv.DictReader(StringIO(sample(path, ALLOTMENTS, DIVISION, 2026).data.decode())))
    for row in rows[2:5]:
        row["AMOUNT"] = str(Money.parse(row["AMOUNT"]) + Money.yuan(50_000))
    stream = StringIO(newline="")
    writer = csv.DictWriter(stream, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    page = scene.page("sysadmin", "/allotments/import")
    data: FilePayload = {"name": f"{path.stem}_2.csv", "mimeType": "text/csv", "buffer": stream.getvalue().encode()}
    page.locator("input[type=file]").set_input_files([data])
    page.get_by_role("button", name="上传并预览").click()
    page.get_by_role("button", name="确认导入").wait_for()
    return page


def sign_in(scene: Scene) -> Page:
    """The front door."""
    page = scene.browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="zh-CN")
    page.goto(f"{scene.url}/sign-in")
    return page


def at(username: str, address: str) -> Callable[[Scene], Page]:
    """A page that only needs to be opened."""
    return lambda scene: scene.page(username, address)


def plan(scene: Scene) -> Page:
    """The approved plan with its story."""
    return scene.page("clerk3", f"/plans/{scene.plan(PlanState.APPROVED, 'clerk3')}")


def receipts(scene: Scene) -> Page:
    """The receipts of the approved plan."""
    return scene.page("clerk3", f"/plans/{scene.plan(PlanState.APPROVED, 'clerk3')}/receipts")


def paper(kind: str) -> Callable[[Scene], bytes]:
    """The first page of a printed form."""

    def take(scene: Scene) -> bytes:
        page = scene.page("clerk3")
        address = f"/plans/{scene.plan(PlanState.APPROVED, 'clerk3')}/documents/{kind}.pdf"
        document = pypdfium2.PdfDocument(page.context.request.get(address).body())
        stream = BytesIO()
        document[0].render(scale=1.6).to_pil().save(stream, "PNG")
        return stream.getvalue()

    return take


def chains(scene: Scene) -> Page:
    """A draft of the monthly chain, one step with a condition open."""
    page = scene.page("sysadmin", "/chains")
    page.get_by_role("button", name="起草新版本").first.click()
    page.wait_for_url("**/edit")
    page.goto(page.url, wait_until="networkidle")  # without the word that the draft was begun
    page.locator("#step-4 summary").click()
    page.locator("#step-3").scroll_into_view_if_needed()
    page.locator("#step-4 .step-form").scroll_into_view_if_needed()
    return page


SHOTS: Final[dict[str, Callable[[Scene], Page | bytes]]] = {
    "sign-in": sign_in,
    "entry": entry,
    "check": check,
    "papers": papers,
    "matrix": matrix,
    "register": at("clerk1", "/register"),
    "unit-desk": unit_desk,
    "queue": at("office06", "/queue"),
    "desk": desk,
    "plan": plan,
    "receipts": receipts,
    "ledger": at("treasury1", "/ledger"),
    "allotments": at("clerk1", "/allotments"),
    "import-preview": import_preview,
    "people": at("sysadmin", "/people"),
    "posts": at("secadmin", "/posts"),
    "windows": at("sysadmin", "/windows"),
    "requirements": at("sysadmin", "/requirements"),
    "chains": chains,
    "history": at("audit1", "/history?kind=plan"),
    "demand-pdf": paper("demand"),
    "approval-pdf": paper("approval"),
    "returned": returned,
    "home": at("clerk1", "/home"),
    "reduction": reduction,
    "lapse": at("treasury1", "/year-end"),
}


def quantized(picture: Image.Image, colours: int) -> Image.Image:
    """The commonest colours exactly as they are; each of the others, all smoothing of letters, as the nearest one."""
    pixels = list(zip(*[iter(picture.tobytes())] * 3, strict=True))
    common = [colour for colour, _ in Counter(pixels).most_common(colours)]
    places = {colour: place for place, colour in enumerate(common)}
    table = [part for colour in common for part in colour]
    palette = Image.new("P", (1, 1))
    palette.putpalette(table)
    nearest = picture.quantize(palette=palette, dither=Image.Dither.NONE).tobytes()
    made = Image.frombytes("P", picture.size, bytes(map(places.get, pixels, nearest)))
    made.putpalette(table)
    return made


def keep(name: str, taken: Page | bytes) -> int:
    """Write the picture with as many colours as fit; gives its size."""
    data = taken if isinstance(taken, bytes) else taken.screenshot(animations="disabled", caret="hide")
    picture = Image.open(BytesIO(data)).convert("RGB")
    for colours in (256, 128, 64, 32):
        stream = BytesIO()
        quantized(picture, colours).save(stream, "PNG", optimize=True)
        if stream.tell() <= LARGEST:
            break
    (PICTURES / f"{name}.png").write_bytes(stream.getvalue())
    return stream.tell()


def main() -> None:
    """Take the pictures named on the command line, or all."""
    wanted = sys.argv[1:] or list(SHOTS)
    PICTURES.mkdir(exist_ok=True)
    with open_scene() as running:
        for name in wanted:
            taken = SHOTS[name](running)
            print(f"{name}.png {keep(name, taken) // 1024} KB")
            if isinstance(taken, Page):
                taken.close()


if __name__ == "__main__":
    main()
