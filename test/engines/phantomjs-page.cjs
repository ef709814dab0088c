// Runs in PhantomJS: opens the page that its argument names, and stays until it is killed.
var page = require('webpage').create();

page.viewportSize = { width: 1024, height: 768 };
// Without these, what a page prints or throws is lost or mixed up with our own output.
page.onConsoleMessage = function (message) {
  console.log(message);
};
page.onError = function (message) {
  console.log('Uncaught: ' + message);
};
page.onAlert = function () {};
page.onConfirm = function () {
  return false;
};
page.onPrompt = function () {
  return null;
};
page.open(require('system').args[1]);
