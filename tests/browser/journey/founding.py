"""The first part of the story: an empty house gets its tables, its people and its posts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from playwright.sync_api import Locator, Page, expect

from tests.browser.journey.stage import Journey, accessible

DEMO: Final = Path(__file__).resolve().parents[3] / "demo"
UNIT: Final = "301004"
# Username, name, post, unit, office.
PEOPLE: Final = (
    ("lin", "林晓敏", "单位经办", UNIT, ""),
    ("he", "何雨桐", "单位审核", UNIT, ""),
    ("shen", "沈思远", "股室初审", "", "教科文股"),
    ("fang", "方芸", "国库复审", "", ""),
    ("luo", "罗正", "国库批复", "", ""),
    ("shi", "石坚", "审计", "", ""),
    ("ji", "纪明", "审计管理员", "", ""),
)


def begin_by_command(journey: Journey) -> None:
    """What must be there before anybody can sign in, and the two things that have no page."""
    given = journey.command("people", "add")
    for username, tab, password in (line.partition("\t") for line in given.splitlines()):
        if tab:
            journey.first_passwords[username] = password
    assert sorted(journey.first_passwords) == ["admin", "security"]
    assert "新增" in journey.command("units", "import-offices")
    assert "国库批复" in journey.command("chains", "publish-default")


def first_passwords_are_changed(journey: Journey) -> None:
    """Whoever has only a first password gets no further than the page that changes it."""
    context = journey.browser.new_context(locale="zh-CN", base_url=journey.url)
    page = context.new_page()
    page.goto("/sign-in")
    accessible(page)
    page.get_by_label("用户名").fill("admin")
    page.get_by_label("密码").fill(journey.first_passwords["admin"])
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/password")
    page.goto("/people")
    expect(page).to_have_url(f"{journey.url}/password")
    accessible(page)
    context.close()


def load_tables(journey: Journey) -> None:
    """The system administrator brings in codes, units, allotments and the vouchers that are required."""
    page = journey.page("admin")
    accessible(page)
    _go(page, "要素")
    page.get_by_role("button", name="载入默认代码").click()
    expect(page.locator(".flash.ok")).to_be_visible()
    accessible(page)
    _import_units(page)
    _import_allotments(page)
    _go(page, "凭证规则")
    page.get_by_role("button", name="装入默认要求").click()
    expect(page.locator("footer")).to_contain_text("共 92 条")
    accessible(page)


def _go(page: Page, place: str) -> None:
    page.get_by_role("navigation", name="主导航").get_by_role("link", name=place, exact=True).click()


def _import_units(page: Page) -> None:
    _go(page, "单位")
    page.get_by_role("link", name="导入单位").first.click()
    expect(page.get_by_role("button", name="上传并预览")).to_be_visible()
    accessible(page)
    page.get_by_label("文件").set_input_files(DEMO / "UNITS_420303000_2026.xlsx")
    page.get_by_role("button", name="上传并预览").click()
    expect(_figure(page, "新增")).to_have_text("163")
    accessible(page)
    page.get_by_role("button", name="确认导入").click()
    expect(page.locator(".flash.ok")).to_contain_text("新增 163")
    expect(page.locator("footer")).to_contain_text("共 163 个单位")


def _import_allotments(page: Page) -> None:
    _go(page, "指标导入")
    page.get_by_label("年度").fill("2026")
    page.get_by_label("文件").set_input_files(DEMO / "BA_BGT_INFO_420303000_2026.xlsx")
    page.get_by_role("button", name="上传并预览").click()
    expect(_figure(page, "控制总额（请与来文核对）")).to_have_text("1,231,480,374.80")
    expect(_figure(page, "新增")).to_have_text("2722")
    accessible(page)
    page.get_by_role("button", name="确认导入").click()
    expect(page.locator(".flash.ok")).to_contain_text("新增 2722")


def _figure(page: Page, term: str) -> Locator:
    return page.locator("dl > div", has=page.locator("dt", has_text=term)).locator("dd").first


def open_window(journey: Journey) -> None:
    """December may be filed from the 15th to the 25th of November."""
    page = journey.page("admin", "/windows?year=2026")
    accessible(page)
    page.locator("tr", has_text="2026年12月").get_by_role("link", name="设置").click()
    page.get_by_label("开放时间").fill("2026-11-15T08:00")
    page.get_by_label("截止时间").fill("2026-11-25T17:00")
    accessible(page)
    page.get_by_role("button", name="保存").click()
    expect(page.locator("tr", has_text="2026年12月")).to_contain_text("开放中")


def add_people(journey: Journey) -> None:
    """Each new person's first password is shown once, to be handed over."""
    page = journey.page("admin", "/people")
    for username, name, *_ in PEOPLE:
        page.get_by_role("link", name="新增人员").click()
        page.get_by_label("用户名").fill(username)
        page.get_by_label("姓名").fill(name)
        if username == "lin":
            accessible(page)
        page.get_by_role("button", name="新增并生成初始密码").click()
        expect(page.get_by_role("link", name="返回人员列表")).to_be_visible()
        journey.first_passwords[username] = page.locator("code").inner_text()
        if username == "lin":
            accessible(page)
        page.get_by_role("link", name="返回人员列表").click()
    expect(page.locator("footer")).to_contain_text("共 9 人")
    accessible(page)


def grant_posts(journey: Journey) -> None:
    """The security administrator gives the posts; the system administrator could not."""
    page = journey.page("security", "/posts")
    for username, _, post, unit, office in PEOPLE:
        page.get_by_role("link", name="授予岗位").click()
        page.get_by_label("人员（用户名）").fill(username)
        page.get_by_label("岗位", exact=True).select_option(label=post)
        page.get_by_label("单位代码").fill(unit)
        if office:
            page.get_by_label("股室").select_option(label=office)
        if username == "lin":
            accessible(page)
        page.get_by_role("button", name="授予岗位").click()
        expect(page.locator(".flash.ok")).to_have_text("岗位已授予。")
    expect(page.locator("footer")).to_contain_text("共 9 个岗位")
    accessible(page)
    assert journey.contexts["admin"].request.get("/posts").status == 403
