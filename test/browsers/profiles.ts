/**
 * What engines lack of which none runs today, made by breaking one of today before the page runs; and what other scripts do to a page. A profile
 * is not that engine or script: it shows that the client does without what the profile takes away, and nothing else.
 */

/**
 * IE 9: no WebSocket, no EventSource, no typed arrays, no base64, no CSPRNG, no clock but that of the wall; and storage that throws. (Promise,
 * Map and Set stay: the driver of the tests needs them in the page. That the file does without is shown by test/checks and real old engines.)
 */
const LIKE_IE9 = `
  ['WebSocket', 'EventSource', 'fetch', 'Uint8Array', 'ArrayBuffer', 'TextDecoder', 'URL', 'atob', 'btoa', 'crypto', 'performance']
    .forEach(function (name) {
    Object.defineProperty(window, name, { value: undefined, writable: true });
  });
  Object.defineProperty(window, 'localStorage', { get: function () { throw new Error('no storage'); } });
`;

/** XMLHttpRequest of IE 9: nothing before the end, reading it before throws, and other origins throw. */
const XHR_OF_IE9 = `
  (function () {
    var proto = XMLHttpRequest.prototype, open = proto.open;
    var text = Object.getOwnPropertyDescriptor(proto, 'responseText');
    Object.defineProperty(proto, 'responseText', { get: function () {
      if (this.readyState !== 4) throw new Error('The data necessary to complete this operation is not yet available.');
      return text.get.call(this);
    } });
    Object.defineProperty(proto, 'onprogress', { set: function () {} });
    proto.open = function (method, url) {
      if (url.indexOf(location.protocol + '//' + location.host + '/') !== 0) throw new Error('Access is denied.');
      return open.apply(this, arguments);
    };
    window.realOpen = open;
    window.realText = text.get;
  })();
`;

/**
 * XDomainRequest of IE 8 and 9, on top of XMLHttpRequest: the same scheme, two methods, no headers, no cookies, no status, nothing before 2 KB,
 * aborted unless all handlers are there, or if it is sent in the turn in which it was made.
 */
const XDOMAIN_REQUEST = `
  window.xdrCount = 0;
  window.XDomainRequest = function () {
    var self = this, xhr = new XMLHttpRequest(), born = true;
    setTimeout(function () { born = false; }, 0);
    function isReady() {
      return ['onload', 'onerror', 'onprogress', 'ontimeout'].every(function (name) { return typeof self[name] === 'function'; });
    }
    self.responseText = self.contentType = '';
    self.open = function (method, url) {
      if (!/^(GET|POST)$/.test(method) || url.indexOf(location.protocol) !== 0) throw new Error('Access is denied.');
      window.realOpen.call(xhr, method, url, true);
    };
    self.send = function (body) {
      window.xdrCount++;
      if (!isReady()) return;
      xhr.onreadystatechange = function () {
        if (xhr.readyState < 3) return;
        var isDone = xhr.readyState === 4;
        if (isDone && xhr.status !== 200) { self.onerror(); return; }
        var text = window.realText.call(xhr);
        if (text.length < 2048 && !isDone) return;
        self.responseText = text;
        self.contentType = xhr.getResponseHeader('Content-Type');
        self[isDone ? 'onload' : 'onprogress']();
      };
      xhr.send(body);
    };
    self.abort = function () { xhr.onreadystatechange = null; xhr.abort(); };
  };
`;

/** Opera 11 and 12: requests show nothing before their end; no WebSocket that a server of today understands. */
const LIKE_PRESTO = `
  window.WebSocket = undefined;
  (function () {
    var proto = XMLHttpRequest.prototype;
    var state = Object.getOwnPropertyDescriptor(proto, 'readyState');
    Object.defineProperty(proto, 'readyState', { get: function () {
      var real = state.get.call(this);
      return real === 3 ? 1 : real;
    } });
    Object.defineProperty(proto, 'onprogress', { set: function () {} });
  })();
  delete window.fetch;
  window.eventSourceCount = 0;
  window.EventSource = class extends EventSource {
    constructor(...args) {
      super(...args);
      window.eventSourceCount++;
    }
  };
`;

/** No requests of its own at all: a page can load scripts and send forms. */
const NO_REQUESTS = `
  ['WebSocket', 'EventSource', 'fetch', 'XMLHttpRequest'].forEach(function (name) { window[name] = undefined; });
`;

/** A page whose scripts add to all objects, as many did before modules: it shows up wherever members are enumerated. */
const WITH_ADDITIONS = `
  [Object, Array, String, Function].forEach(function (type) {
    type.prototype.sayHello = function () { return 'hello'; };
  });
`;

/** A page with a function that says `self = this` without a `var`, and was called for something else. */
const WITH_ANOTHER_SELF = `window.self = { name: 'something else' };`;

/**
 * Prototype 1.6 (2007 to 2010), which pages of that age still load beside others: arrays that say of themselves what they are in JSON, so that
 * they become texts, a `reduce` that takes nothing and does something else, and members of ES5 that know less than they have to.
 */
const LIKE_PROTOTYPE = `
  (function () {
    var toJSON = function () { return '[' + this.map(function (item) { return JSON.stringify(item); }).join(', ') + ']'; };
    var each = Array.prototype.forEach;
    function add(name, method) { Array.prototype[name] = method; }
    add('toJSON', toJSON);
    add('reduce', function () { return this.length > 1 ? this : this[0]; });
    add('every', function (isIt, self) {
      var all = true;
      each.call(this, function (item, index) { all = all && !!isIt.call(self, item, index); });
      return all;
    });
    add('some', function (isIt, self) {
      var any = false;
      each.call(this, function (item, index) { any = any || !!isIt.call(self, item, index); });
      return any;
    });
    add('map', function (make, self) {
      var made = [];
      each.call(this, function (item, index) { made.push(make.call(self, item, index)); });
      return made;
    });
    add('filter', function (isIt, self) {
      var found = [];
      each.call(this, function (item, index) { if (isIt.call(self, item, index)) found.push(item); });
      return found;
    });
    add('entries', function () { return this.map(function (item) { return item; }); });
    add('clear', function () { this.length = 0; return this; });
    add('first', function () { return this[0]; });
    String.prototype.toJSON = function () { return '"' + this + '"'; };
    Number.prototype.toJSON = function () { return isFinite(this) ? this.toString() : 'null'; };
    Date.prototype.toJSON = function () { return '"' + this.getTime() + '"'; };
    Object.keys = function (object) { var names = []; for (var name in object) names.push(name); return names; };
    Array.from = function (list) { return Array.prototype.slice.call(list); };
    Function.prototype.bind = function (self) { var run = this; return function () { return run.apply(self, arguments); }; };
  })();
`;

/** What is loaded before a page of each profile. */
export const PROFILES = {
  'like IE 9': LIKE_IE9 + XHR_OF_IE9,
  'like IE 9, to another origin': LIKE_IE9 + XHR_OF_IE9 + XDOMAIN_REQUEST,
  'like Opera 12': LIKE_PRESTO,
  'without requests': NO_REQUESTS,
  'with another self': WITH_ANOTHER_SELF,
  'with another self, without requests': WITH_ANOTHER_SELF + NO_REQUESTS,
  'with additions to all objects': WITH_ADDITIONS,
  'like Prototype 1.6': LIKE_PROTOTYPE,
} as const;
