"""Shows the page that its argument names in QtWebEngine, and stays until it is killed."""

import sys

from PyQt5.QtCore import QUrl
from PyQt5.QtWebEngineWidgets import QWebEnginePage, QWebEngineProfile, QWebEngineView
from PyQt5.QtWidgets import QApplication


class QuietPage(QWebEnginePage):
    """Dismisses the dialogs that would wait for somebody to close them."""

    def javaScriptAlert(self, origin, message):
        pass

    def javaScriptConfirm(self, origin, message):
        return False

    def javaScriptPrompt(self, origin, message, default):
        return False, ''


application = QApplication(sys.argv[:1])
# A profile without a name keeps nothing.
profile = QWebEngineProfile()
page = QuietPage(profile)
view = QWebEngineView()
view.setPage(page)
view.resize(1024, 768)
view.show()
page.load(QUrl(sys.argv[1]))
sys.exit(application.exec_())
