"""An app on Qt WebEngine, a Chromium without browser contexts of its own: one page for each address it is given.

Its commands on standard input: ``open ADDRESS``, ``close NUMBER`` of a page, in the order of their opening.
"""

import sys

from PyQt6.QtCore import QSocketNotifier, QUrl
from PyQt6.QtWebEngineWidgets import QWebEngineView
from PyQt6.QtWidgets import QApplication

app = QApplication(sys.argv)
app.setQuitOnLastWindowClosed(False)
views: list[QWebEngineView | None] = []


def show(address: str) -> None:
    view = QWebEngineView()
    view.load(QUrl(address))
    view.show()
    views.append(view)


def close(number: int) -> None:
    view = views[number]
    assert view is not None
    views[number] = None
    view.close()
    view.deleteLater()


def obey() -> None:
    words = sys.stdin.readline().split()
    if not words:
        app.quit()
    elif words[0] == "open":
        show(words[1])
    else:
        close(int(words[1]))


for each in sys.argv[1:]:
    show(each)
notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
notifier.activated.connect(obey)
sys.exit(app.exec())
