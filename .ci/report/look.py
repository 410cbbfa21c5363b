#!/usr/bin/env python3
"""Opens pages of `varlen report` in Chromium, as their readers do, and looks at what they see.

    look.py CHROMIUM SCREENSHOTS FOLDER...

Each FOLDER is an output with its page below _varlen. In light and dark, on a phone (360 px) and on a desk (1280 px), with scripting off: nothing is wider
than the screen, nothing is asked of a network, the console is silent, every text has a contrast of 4.5 to 1 or more, and the charts that are seen have a bar
for each bin of their tables, whose counts are the manifest's. Each page is also opened over HTTP, where a browser would ask for more than the page.
"""
import http.server
import json
import re
import sys
import threading
from functools import partial
from pathlib import Path

from playwright.sync_api import sync_playwright

LEAST_CONTRAST = 4.5
MOST_BYTES = 2_000_000
CHARTS = {
    "pack": ["Packed rows", "How full rows are", "Pieces of documents per row", "Length of documents", "Tokens that came in"],
    "embed": ["Length of documents"],
    "score": ["Perplexity of documents", "Length of documents"],
    "attend": ["Entropy of attention", "Mean distance of attention", "Attention on the first token", "Attention within",
               "Largest attention score"],
}

# what is seen of each text: its colour, and that of what lies below it
CONTRASTS = """() => {
  const parse = text => {
    const numbers = text.match(/[\\d.]+/g).map(Number);
    return {rgb: numbers.slice(0, 3), alpha: numbers.length > 3 ? numbers[3] : 1};
  };
  const luminance = rgb => {
    const [r, g, b] = rgb.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const background = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.alpha > 0) return colour.rgb;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || element.closest("title, style") || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const svg = element.closest("svg");
    let below = background(element);
    if (svg) {
      const box = element.getBoundingClientRect();
      const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
      for (const rect of svg.querySelectorAll("rect")) {
        const r = rect.getBoundingClientRect();
        const fill = parse(getComputedStyle(rect).fill);
        if (r.left <= x && x <= r.right && r.top <= y && y <= r.bottom && fill.alpha > 0) below = fill.rgb;
      }
    }
    found.push([contrast(parse(svg ? style.fill : style.color).rgb, below), node.textContent.trim().slice(0, 60)]);
  }
  return found;
}"""

# label, bars (their hints) and size of each chart that is seen
SEEN_CHARTS = """() => [...document.querySelectorAll("svg")].filter(svg => svg.getClientRects().length).map(svg => ({
  label: svg.getAttribute("aria-label"),
  bars: [...svg.querySelectorAll("rect > title")].map(title => title.textContent),
  width: svg.getBoundingClientRect().width,
  text: Math.min(...[...svg.querySelectorAll("text")].map(t => t.getBoundingClientRect().height)),
}))"""

TABLES = """() => Object.fromEntries([...document.querySelectorAll("table")].map(table => [
  table.caption.textContent, [...table.querySelectorAll("tbody tr")].map(row => [...row.cells].map(cell => cell.textContent))]))"""


def whole(text):
    return int(re.sub(r"\D", "", text))


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


class Looker:
    """One page in one browser."""

    def __init__(self, browser, folder, shots):
        self.browser, self.folder, self.shots = browser, folder, shots
        self.file = folder / "_varlen/report.html"
        self.manifest = json.loads((folder / "_varlen/manifest.json").read_text())
        self.command = self.manifest["fingerprint"]["command"]
        self.bars = self.texts = 0

    def look(self, scheme, width):
        """The page as it is, once without scripting for its picture and once with, to be asked what is on it."""
        name = f"{self.folder.name}-{scheme}-{width}"
        with self.opened(self.file.resolve().as_uri(), name, scheme, width, scripting=False) as page:
            page.screenshot(path=self.shots / f"{name}.png", full_page=True)
        with self.opened(self.file.resolve().as_uri(), name, scheme, width) as page:
            self.no_overflow(page, name)
            self.readable(page, name)
            self.charts(page, name, width)
            page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
            self.no_overflow(page, name + ", tables open")
            self.readable(page, name + ", tables open")
            self.tables(page, name)

    def over_http(self, port):
        with self.opened(f"http://127.0.0.1:{port}/{self.folder.name}/_varlen/report.html", f"{self.folder.name} over HTTP", "light", 1280):
            pass

    def opened(self, address, name, scheme, width, scripting=True):
        return Opened(self.browser, address, name, scheme, width, scripting)

    @staticmethod
    def no_overflow(page, name):
        wide, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= seen, f"{name}: {wide} px of content on {seen} px"

    def readable(self, page, name):
        contrasts = page.evaluate(CONTRASTS)
        assert len(contrasts) > 50, name
        poor = [(round(contrast, 2), text) for contrast, text in contrasts if contrast < LEAST_CONTRAST]
        assert not poor, f"{name}: too little contrast: {poor[:10]}"
        self.texts += len(contrasts)

    def charts(self, page, name, width):
        charts, tables = page.evaluate(SEEN_CHARTS), page.evaluate(TABLES)
        for label in CHARTS[self.command]:
            assert any(chart["label"].startswith(label) for chart in charts), f"{name}: no chart {label}"
        for chart in charts:
            title = chart["label"].split(", a histogram")[0]
            assert chart["bars"], f"{name}: {title} is empty"
            assert chart["text"] >= 9, f"{name}: text of {title} is {chart['text']} px high"
            if ", a histogram" in chart["label"]:
                assert chart["bars"] == [f"{bin}: {count}" for bin, count in tables[title]], f"{name}: {title}"
            if title == "Packed rows":
                assert len(chart["bars"]) >= min(24, self.manifest["packing"]["rows"]), f"{name}: {len(chart['bars'])} pieces"
            if self.command == "attend" and title.startswith(tuple(CHARTS["attend"])):
                figures = self.manifest["figures"]
                assert len(chart["bars"]) == figures["layers"] * figures["heads"], f"{name}: {title}"
            self.bars += len(chart["bars"])

    def tables(self, page, name):
        tables, figures = page.evaluate(TABLES), self.manifest["figures"]
        def total(caption):
            return sum(whole(row[1]) for row in tables[caption])
        if self.command == "pack":
            packing = self.manifest["packing"]
            assert total("How full rows are") == total("Pieces of documents per row") == packing["rows"], name
            assert total("Length of documents") == sum(packing["documents"]["counts"]), name
            ledger = packing["ledger"]["total"]
            came = [whole(row[1]) for row in tables["Tokens"]]
            assert came[3] == came[8] == sum(came[:3]) == sum(came[4:8]), f"{name}: {came}"
            assert came[0] == ledger["source_tokens"] and came[4] == ledger["packed_tokens"], name
        elif self.command == "embed":
            assert total("Length of documents") == figures["documents"], name
        elif self.command == "score":
            assert total("Length of documents") == figures["documents"] >= total("Perplexity of documents") > 0, name


class Opened:
    """A page that is open; nothing may be asked for beside it, and the console must be silent."""

    def __init__(self, browser, address, name, scheme, width, scripting):
        self.address, self.name = address, name
        self.context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=scripting, is_mobile=width < 500)
        self.page = self.context.new_page()
        self.asked, self.said = [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))

    def __enter__(self):
        self.page.goto(self.address, wait_until="networkidle")
        return self.page

    def __exit__(self, kind, error, trace):
        self.context.close()
        if kind is None:
            asked = [url for url in self.asked if not url.startswith("data:")]
            assert asked == [self.address], f"{self.name}: asked for {asked}"
            assert not self.said, f"{self.name}: the console says {self.said}"


def faults_are_found(browser, shots):
    """A look that lets everything pass would be none."""
    page = """<!DOCTYPE html><body style="background:#fff;color:%s">%s<p>word</p>%s"""
    faults = {
        "overflow": page % ("#000", "<div style='width:5000px'>x</div>", ""),
        "contrast": page % ("#aaa", "<p>word</p>" * 60, ""),
        "request": page % ("#000", "", "<img src='http://127.0.0.1:9/x.png'>"),
        "console": page % ("#000", "", "<script>console.error('x')</script>"),
    }
    for fault, html in faults.items():
        file = shots / f"fault-{fault}.html"
        file.write_text(html)
        try:
            with Opened(browser, file.resolve().as_uri(), fault, "light", 360, True) as opened:
                if fault == "overflow":
                    Looker.no_overflow(opened, fault)
                if fault == "contrast":
                    looker = Looker.__new__(Looker)
                    looker.texts = 0
                    looker.readable(opened, fault)
        except AssertionError:
            continue
        raise SystemExit(f"the fault {fault} was not found")


def main(chromium, shots, folders):
    shots.mkdir(parents=True, exist_ok=True)
    root = folders[0].parent
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=root))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        faults_are_found(browser, shots)
        for folder in folders:
            looker = Looker(browser, folder, shots)
            size = looker.file.stat().st_size
            assert size <= MOST_BYTES, f"{folder}: {size} bytes"
            for scheme in ("light", "dark"):
                for width in (360, 1280):
                    looker.look(scheme, width)
            looker.over_http(server.server_address[1])
            print(f"{folder.name}: {looker.command}, {size:,} bytes, {looker.bars:,} bars and {looker.texts:,} texts seen in 4 ways")
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), [Path(folder) for folder in sys.argv[3:]])
