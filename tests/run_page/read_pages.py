"""What a test reads of a page: its words, its tags, and what it loads."""

from html.parser import HTMLParser
from pathlib import Path

from livecare.run_page import write_page

VOID = {"meta", "img", "br", "line", "circle"}


class Page(HTMLParser):
    """What a page says and loads, and whether its tags are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.names: set[str] = set()
        self._open: list[str] = []
        self._words: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []
        self.words = " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href")]
        self.names |= {value or "" for name, value in attrs if name == "id"}
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self._words.append(data)


def page_of(store: Path) -> Page:
    return Page(write_page(store).path.read_text(encoding="utf-8"))
