"""What the page does where a visitor does not wait for its answers."""

from demo_window import by_id, load, only, said, stroke
from fillers_case import smooth
from PIL import Image

# /open waits until `opened` is called, and /fill until it is aborted.
SLOW = """
window.sent = [];
const real = window.fetch;
window.fetch = (path, options) => path === '/open'
  ? new Promise(done => { window.opened = () => done(real(path, options)); })
  : new Promise((_, failed) => {
      window.sent.push(options.body.get('picture').name);
      const fail = () => failed(new DOMException('', 'AbortError'));
      if (options.signal.aborted) fail();
      options.signal.addEventListener('abort', fail);
    });
"""


def test_a_filling_keeps_to_its_picture_and_ends_with_it(page, tmp_path):
    load(page, tmp_path, smooth(64, 96), "first.png")
    stroke(page, [(30, 30), (40, 30)])
    only(page, "context-mean", "telea")
    page.look(f"{{{SLOW}}}")
    Image.fromarray(smooth(30, 50)).save(tmp_path / "second.png")
    page.choose("#file", tmp_path / "second.png")
    page.wait("!!window.opened")
    page.click(by_id("fill"))
    page.wait("window.sent.length > 0")
    page.look("window.opened()")
    said(page, "50 x 30 pixels")
    page.wait(f"{by_id('fill')}.textContent === 'Fill'", seconds=10)
    assert page.look("window.sent") == ["first.png"]
    # The filling of the first picture, stopped, leaves nothing at the second's.
    said(page, "50 x 30 pixels")
    assert page.look(f"{by_id('results')}.hidden")
