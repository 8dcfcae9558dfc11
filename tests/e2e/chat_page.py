"""The page that comes with a websocket, as a person uses it."""

from playwright.sync_api import Page, expect

from tests.server import Server

HOSTILE = """<img src=x onerror="window.ran = true"><script>window.ran = true</script>"""
COLOURS = """element => {
    const text = getComputedStyle(element).color;
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    while (numbers(getComputedStyle(element).backgroundColor)[3] === 0) element = element.parentElement;
    return [numbers(text), numbers(getComputedStyle(element).backgroundColor)];
}"""


def open_chat(page: Page, server: Server, path: str = "/car/ws-index") -> None:
    page.goto(server.url + path)
    expect(page.get_by_role("status")).to_have_text("Connected")


def say(page: Page, message: str) -> None:
    page.get_by_label("Your message").fill(message)
    page.keyboard.press("Enter")


def expect_messages(page: Page, *messages: str) -> None:
    """Each message begins with its author, for those who do not see on which side it is."""
    shown = page.get_by_role("log").locator(".message")
    expect(shown).to_have_count(len(messages))
    assert tuple(text.replace(": \n", ": ", 1) for text in shown.all_inner_texts()) == messages


def nothing_ran(page: Page) -> bool:
    made: int = page.get_by_role("log").locator("img, script").count()
    return made == 0 and page.evaluate("window.ran") is None


def expect_readable(page: Page, scheme: str, *selectors: str) -> None:
    """Each has the contrast that WCAG 2 asks for, and its background is the scheme's or, of what is ours, blue."""
    for selector in selectors:
        text, background = page.locator(selector).first.evaluate(COLOURS)
        assert contrast(text, background) >= 4.5, selector
        assert (luminance(background) < 0.2) == (scheme == "dark" or selector in {".mine", "button"}), selector


def contrast(one: list[float], other: list[float]) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: list[float]) -> float:
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (value / 255 for value in colour[:3])
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
