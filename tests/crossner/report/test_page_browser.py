"""The report's page in a browser: it fits, it answers, it can be read in the dark and on paper."""

import base64
import json
import os
import shutil
import subprocess

import pytest

from crossner.report.page import page_model
from crossner.report.page.write import write_model
from crossner.results import Results
from crossner.scoring.protocols import protocol_rows

pytestmark = pytest.mark.skipif(not shutil.which("chromium"), reason="needs chromium to look at the page")
WIDTHS = (390, 800, 1400)
LONG = "a system of a name that is longer than anyone would choose, without an end"


class Browser:
    """Chromium, told what to do through a pipe: messages of the DevTools protocol, each ended by a zero byte."""

    def __init__(self, profile):
        read_there, self._write = os.pipe()
        self._read, write_there = os.pipe()
        # The protocol's ends are file descriptors 3 and 4 of the browser.
        command = 'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"'
        chromium = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
        self._process = subprocess.Popen(
            [
                "bash",
                "-c",
                command,
                "bash",
                str(read_there),
                str(write_there),
                *chromium,
                "--remote-debugging-pipe",
            ],
            pass_fds=(read_there, write_there),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(read_there)
        os.close(write_there)
        self._number, self._buffer, self._session = 0, b"", None
        self.events = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method, **params):
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def open(self, path, *, width=1000, dark=False, media="", script=True):
        self.send("Emulation.setScriptExecutionDisabled", value=not script)
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", media="", features=[scheme])
        self.events.clear()
        self.send("Page.navigate", url=path.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._receive())
        if media:
            self.send("Emulation.setEmulatedMedia", media=media, features=[scheme])
        return self

    def run(self, code):
        answer = self.send("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key, code=0):
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code)

    def choose(self, selector, value):
        self.run(
            f"(() => {{ const select = document.querySelector({json.dumps(selector)}); "
            f"select.value = {json.dumps(value)}; "
            "select.dispatchEvent(new Event('change', {bubbles: true})); })()"
        )

    def text(self, selector):
        return self.run(f"document.querySelector({json.dumps(selector)}).textContent")

    def close(self):
        self._session = None
        self.send("Browser.close")
        self._process.wait(30)
        os.close(self._write)
        os.close(self._read)

    def _receive(self):
        while b"\0" not in self._buffer:
            piece = os.read(self._read, 1 << 20)
            assert piece, "the browser has ended"
            self._buffer += piece
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    running = Browser(tmp_path_factory.mktemp("profile"))
    yield running
    running.close()


@pytest.fixture(scope="module")
def results(tmp_path_factory, write_runs):
    systems = [
        {"error": 0.5, "seeds": [1, 2]},
        {"regime": "joint", "source": "news", "error": 0.3, "orphans": 0.3},
        {"encoder": LONG, "domains": ["music"]},
        {"shots": 3, "domains": ["music", "ai"]},
        {"regime": "pretrain-finetune", "source": "news", "shots": 3, "domains": ["music", "ai"]},
        {"regime": "pretrain-finetune", "source": "science", "shots": 3, "domains": ["music", "ai"]},
        {"shots": 5, "domains": ["music", "ai"]},
    ]
    return Results([write_runs(tmp_path_factory.mktemp("runs"), systems)])


@pytest.fixture(scope="module")
def model(results):
    return page_model(results, resamples=50)


@pytest.fixture(scope="module")
def page(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "page.html"
    write_model(model, path)
    return path


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_and_nothing_goes_wrong(browser, page, width):
    browser.open(page, width=width)
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    # Every choice of every control, one after the other.
    assert (
        browser.run(
            """(() => {
          const wide = [];
          for (const select of document.querySelectorAll(".controls select")) {
            for (const option of [...select.options]) {
              select.value = option.value;
              select.dispatchEvent(new Event("change", {bubbles: true}));
              if (document.documentElement.scrollWidth > innerWidth) wide.push([select.id, option.value]);
            }
          }
          return wide;
        })()"""
        )
        == []
    )
    methods = [event["method"] for event in browser.events]
    assert "Runtime.exceptionThrown" not in methods
    assert "Runtime.consoleAPICalled" not in methods
    assert "Log.entryAdded" not in methods
    urls = [e["params"]["request"]["url"] for e in browser.events if e["method"] == "Network.requestWillBeSent"]
    assert set(urls) <= {page.as_uri()}


def test_another_protocol_gives_its_numbers(browser, page, results, model):
    browser.open(page)
    table = """[...document.querySelectorAll('#scores [data-cell]')].map(
        cell => [cell.innerHTML, cell.classList.contains('best')])"""
    before = browser.run(table)
    for protocol in ("misc-out", "repair", "span"):
        browser.choose("#protocol", protocol)
        rows = protocol_rows(results, systems=model["names"], protocols=[protocol])
        columns = [*model["domains"], "average"]
        for row in rows:
            place = f"{model['names'].index(row['system'])} {columns.index(row['domain'])}"
            cell = f"[data-cell='{place}']"
            assert browser.text(f"{cell} .mean") == f"{row['mean']:.2f}"
            if row["sd"] is not None:
                assert browser.text(f"{cell} .sd") == f"± {row['sd']:.2f}"
        assert protocol in browser.text("#scores-box [role=status]")
        assert browser.text("#protocol-line") == model["protocol_lines"][protocol]
    browser.choose("#protocol", "headline")
    assert browser.run(table) == before


def test_a_system_is_never_compared_with_itself(browser, page):
    browser.open(page)
    values = "[...document.querySelectorAll('[data-switch=pairs] select')].map(select => select.value)"
    shown = """[...document.querySelectorAll('[data-switch=pairs] .panel')].filter(
        panel => panel.offsetHeight).map(panel => panel.dataset.name)"""
    a, b = browser.run(values)
    assert browser.run(shown) == [f"{a}, compared with {b}"]
    browser.choose("[data-switch=pairs] select", b)
    assert browser.run(values) == [b, a]
    assert browser.run(shown) == [f"{b}, compared with {a}"]


def test_directions_of_a_pair_mirror_each_other(browser, page):
    browser.open(page)
    cells = """[...document.querySelectorAll('[data-switch=pairs] .panel.on tbody tr:not(.scale)')].map(
        row => [...row.querySelectorAll('td')].slice(0, 4).map(cell => cell.textContent))"""
    there = browser.run(cells)
    a, b = browser.run("[...document.querySelectorAll('[data-switch=pairs] select')].map(select => select.value)")
    browser.choose("[data-switch=pairs] select", b)
    back = browser.run(cells)
    assert a != b
    flip = {"+": "−", "−": "+"}
    for (difference, _, p, holm), (other, _, p_other, holm_other) in zip(there, back, strict=True):
        assert (p, holm) == (p_other, holm_other)
        assert other == flip.get(difference[0], difference[0]) + difference[1:]


def found(model, kind=None, domain=0, system=0):
    number = model["examples"]["kinds"].index(kind) if kind else None
    findings = model["examples"]["systems"][system]["domains"][domain]["findings"]
    return sum(any(one[0] == number if kind else one[0] != 0 for one in sentence) for sentence in findings)


def test_keys_turn_the_pages_of_examples(browser, page, model):
    browser.open(page)
    total = found(model, system=1)
    assert total > 5
    browser.choose("#example-system", "1")
    count = "document.querySelector('#example-count').textContent.split(' sentences')[0]"
    browser.run("document.querySelector('#example-next').focus()")
    assert browser.run(count) == f"1–5 of {total}"
    browser.press("ArrowRight", 39)
    assert browser.run(count) == f"6–{min(10, total)} of {total}"
    browser.press("k")
    assert browser.run(count) == f"1–5 of {total}"
    browser.press("ArrowLeft", 37)
    assert browser.run(count) == f"1–5 of {total}"
    browser.press("j")
    assert browser.run(count) == f"6–{min(10, total)} of {total}"
    browser.run("document.querySelector('#example-kind').focus()")
    browser.press("k")
    assert browser.run(count) == f"6–{min(10, total)} of {total}"


@pytest.mark.parametrize("kind", ["type", "missed", "spurious"])
def test_examples_of_a_kind_are_those_sentences(browser, page, model, kind):
    browser.open(page)
    browser.choose("#example-system", "1")
    browser.choose("#example-kind", str(model["examples"]["kinds"].index(kind)))
    expected = found(model, kind, system=1)
    label = browser.text("#example-count")
    assert f" of {expected} sentences" in label if expected else label == "no sentence of that kind"
    shown = browser.run("document.querySelectorAll('#example-list .example').length")
    assert shown == min(5, expected)
    lists = browser.run("[...document.querySelectorAll('.found-list')].map(list => list.textContent)")
    assert all(f"{kind}: " in text for text in lists)


def test_an_example_shows_its_words_and_both_sides(browser, page, model):
    browser.open(page)
    browser.choose("#example-system", "1")
    browser.choose("#example-kind", "")
    packed = model["examples"]
    findings = packed["systems"][1]["domains"][0]["findings"][0]
    lines = """[...document.querySelectorAll('.example')[0].querySelectorAll('.tokens')].map(line =>
        [...line.childNodes].map(
            node => node.nodeType === 3 ? node.textContent : node.querySelector('.text').textContent).join(''))"""
    (words,) = browser.run(lines)
    assert words.split() == packed["domains"][0]["tokens"][0].split()
    for side, at in (("g", 1), ("p", 2)):
        labels = browser.run(
            f"[...document.querySelectorAll('.example')[0].querySelectorAll('.label.{side}')]"
            ".map(one => one.textContent).filter(Boolean)"
        )
        spans = [one[1] if one[0] == 0 else one[at] for one in findings]
        assert [label.split(" ", 1)[1] for label in labels] == [
            packed["types"][span[2]] for span in sorted(filter(None, spans))
        ]


def test_a_costly_confusion_leads_to_its_examples(browser, page):
    browser.open(page)
    button = "[...document.querySelectorAll('.panel.on [data-example]')][0]"
    wanted = json.loads(browser.run(f"{button}.dataset.example"))
    browser.run(f"{button}.click()")
    assert browser.run("document.activeElement.id") == "examples-title"
    chosen = "document.querySelector('#example-{}').selectedOptions[0].textContent"
    assert browser.run(chosen.format("domain")) == wanted["domain"]
    assert browser.run(chosen.format("system")) == wanted["system"]
    assert browser.run(chosen.format("gold")) == wanted["gold"]
    assert browser.run(chosen.format("predicted")) == wanted["predicted"]


CONTRASTS = """(() => {
  const channels = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const over = (top, below) => below.map((value, i) => top[i] * (top[3] ?? 1) + value * (1 - (top[3] ?? 1)));
  const light = rgb => rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(channels(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, top) => top.length ? over(top, below) : below, channels(
      getComputedStyle(document.body).backgroundColor).slice(0, 3));
  };
  const low = [];
  for (const element of document.body.querySelectorAll("*")) {
    const text = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!text || !element.getClientRects().length || element.closest(".hide, :disabled, script, style")) continue;
    if (element.closest("svg") && element.tagName !== "text") continue;
    const style = getComputedStyle(element), below = behind(element);
    const ink = channels(element.tagName === "text" ? style.fill : style.color);
    const [a, b] = [light(over(ink, below).slice(0, 3)), light(below)].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) low.push([element.tagName, element.textContent.slice(0, 40), contrast]);
  }
  return low;
})()"""


@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read_in_light_and_dark(browser, page, dark):
    browser.open(page, dark=dark)
    brightness = browser.run("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (max(brightness) < 60) == dark
    assert browser.run(CONTRASTS) == []


def test_on_paper_all_sections_are_open_and_no_controls(browser, page):
    browser.open(page, media="print", dark=True)
    hidden = browser.run(
        "[...document.querySelectorAll('section, details > :not(summary)')]"
        ".filter(element => !element.offsetHeight).map(element => element.id)"
    )
    assert hidden == []
    assert browser.run(
        "[...document.querySelectorAll('.controls, button, .contents')].every(e => !e.offsetHeight)"
    )
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.run(CONTRASTS) == []
    browser.send("Emulation.setEmulatedMedia", media="")
    browser.run("new Promise(done => setTimeout(done, 100))")
    assert browser.run("document.querySelectorAll('details[open]').length") == 0
    pdf = base64.b64decode(browser.send("Page.printToPDF", printBackground=True)["data"])
    assert pdf.startswith(b"%PDF")


def test_the_keyboard_reaches_the_results_first(browser, page):
    browser.open(page)
    browser.press("Tab", 9)
    assert browser.run("document.activeElement.getAttribute('href')") == "#main"
    assert browser.run("document.activeElement.getBoundingClientRect().top >= 0")


def test_boxes_that_scroll_take_the_focus(browser, page):
    browser.open(page, width=390)
    browser.run("new Promise(done => setTimeout(done, 100))")
    boxes = browser.run(
        "[...document.querySelectorAll('.wide')].filter(box => box.scrollWidth > box.clientWidth + 1)"
        ".map(box => box.tabIndex)"
    )
    assert boxes
    assert set(boxes) == {0}


def test_without_a_script_the_scores_and_all_panels_are_there(browser, page, model):
    browser.open(page, script=False)
    browser.send("Emulation.setScriptExecutionDisabled", value=False)
    assert browser.run("[...document.querySelectorAll('.panel')].every(panel => panel.offsetHeight)")
    assert browser.run("[...document.querySelectorAll('.controls, button')].every(e => !e.offsetHeight)")
    row = next(row for row in model["scores"]["headline"] if row["domain"] == "average")
    assert f"{row['mean']:.2f}" in browser.text("#scores")
