// What a script uses that engines with no more than ES5 lack.
import { parse } from 'acorn';

/** Globals that every engine since IE 9 has. */
const OLD_GLOBALS = new Set(
  `Array Boolean Date Error JSON Math Number Object RegExp String TypeError Infinity NaN undefined arguments isNaN parseInt
  clearTimeout setTimeout window document location navigator exports`.split(/\s+/),
);

/** Globals that some engines lack, and what the client does about it; docs/tv-and-kiosk.md says it for people. */
export const TRIED_GLOBALS = new Set(
  `Promise Uint8Array URL WebSocket XMLHttpRequest XDomainRequest EventSource addEventListener crypto localStorage
  performance removeEventListener`.split(/\s+/),
);

/** What ES5 has of functions that belong to a built-in object. */
const OLD_STATICS = /** @type {Record<string, Set<string>>} */ ({});
for (const [owner, names] of Object.entries({
  Array: 'isArray prototype',
  Date: 'now parse UTC prototype',
  JSON: 'parse stringify',
  Math: 'abs acos asin atan atan2 ceil cos exp floor log max min pow random round sin sqrt tan E LN10 LN2 PI SQRT1_2 SQRT2',
  Number: 'MAX_VALUE MIN_VALUE NaN NEGATIVE_INFINITY POSITIVE_INFINITY prototype',
  Object: `create defineProperties defineProperty freeze getOwnPropertyDescriptor getOwnPropertyNames getPrototypeOf isExtensible isFrozen
    isSealed keys preventExtensions seal prototype`,
  String: 'fromCharCode prototype',
}))
  OLD_STATICS[owner] = new Set(names.split(/\s+/));

/** And of methods. `reduce` is not among them, as Prototype before 1.7 puts another one in its place. */
const OLD_METHODS = new Set(
  `concat every filter forEach indexOf join lastIndexOf map pop push reverse shift slice some sort splice toLocaleString
  toString unshift charAt charCodeAt localeCompare match replace search split substr substring toLocaleLowerCase toLocaleUpperCase toLowerCase
  toUpperCase trim valueOf toExponential toFixed toPrecision apply bind call hasOwnProperty isPrototypeOf propertyIsEnumerable exec test compile
  constructor __defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__ getDate getTime toISOString toJSON`.split(
    /\s+/,
  ),
);

/** What this engine's built-in objects can do, and those of ES5 can't. */
const NEWER_METHODS = new Set(
  [Array, String, Number, RegExp, Function, Object, Promise]
    .flatMap((owner) => Object.getOwnPropertyNames(owner.prototype))
    .concat('replaceChildren', 'closest', 'matches', 'append', 'prepend', 'replaceWith', 'requestAnimationFrame')
    // Whether a thing is a promise is asked before it is treated as one.
    .filter((name) => !OLD_METHODS.has(name) && name !== 'then'),
);

/** @typedef {{ type: string, start: number } & Record<string, unknown>} Node */

/**
 * What of `source` an ES5 engine doesn't have, with its place. Syntax of it throws.
 *
 * @param {string} source
 * @returns {{ what: string, at: number }[]}
 */
export function newerThanEs5(source) {
  /** @type {{ what: string, at: number }[]} */
  const found = [];
  const program = /** @type {Node} */ (
    /** @type {unknown} */ (parse(source, { ecmaVersion: 5, sourceType: 'script' }))
  );
  visit(program, [declaredIn(program)], found);
  return found;
}

/**
 * @param {Node} node
 * @param {Set<string>[]} scopes
 * @param {{ what: string, at: number }[]} found
 */
function visit(node, scopes, found) {
  const inner = node.type.startsWith('Function')
    ? [...scopes, declaredIn(node)]
    : node.type === 'CatchClause'
      ? [...scopes, new Set([nameOf(node['param'])])]
      : scopes;
  const tell = (/** @type {string} */ what) => found.push({ what, at: node.start });
  if (node.type === 'Identifier') {
    const name = nameOf(node);
    if (!isKnown(name, scopes) && !OLD_GLOBALS.has(name) && !TRIED_GLOBALS.has(name)) tell(`the global ${name}`);
  } else if (node.type === 'MemberExpression') {
    const [owner, name] = [nameOf(node['object']), propertyOf(node)];
    if (staticsOf(node, scopes)?.has(name) === false) tell(`${owner}.${name}`);
  } else if (node.type === 'CallExpression') {
    const callee = /** @type {Node} */ (node['callee']);
    const name = callee.type === 'MemberExpression' && !staticsOf(callee, scopes) ? propertyOf(callee) : '';
    if (NEWER_METHODS.has(name)) tell(`the method ${name}()`);
  }
  // `Object.assign || function ...`: whoever writes that knows.
  const isAsked = node.type === 'LogicalExpression' && node['operator'] === '||';
  for (const child of childrenOf(node)) {
    if (!isAsked || child !== node['left'] || !staticsOf(child, scopes)) visit(child, inner, found);
  }
}

/**
 * What ES5 has of the built-in object whose member is named; `undefined` if it is one of something else.
 *
 * @param {Node} node
 * @param {readonly Set<string>[]} scopes
 */
function staticsOf(node, scopes) {
  const owner = nameOf(node['object']);
  return isKnown(owner, scopes) ? undefined : OLD_STATICS[owner];
}

/**
 * @param {string} name
 * @param {readonly Set<string>[]} scopes
 */
function isKnown(name, scopes) {
  return scopes.some((scope) => scope.has(name));
}

/** @param {Node} node */
function propertyOf(node) {
  const property = /** @type {Node} */ (node['property']);
  return node['computed'] === true ? String(property['value']) : nameOf(property);
}

/** @param {unknown} node */
function nameOf(node) {
  const { type, name } = /** @type {Node} */ (node ?? { type: '', start: 0 });
  return type === 'Identifier' ? String(name) : '';
}

/**
 * Children that are read: no names of members and labels.
 *
 * @param {Node} node
 * @returns {Node[]}
 */
function childrenOf(node) {
  return Object.entries(node)
    .filter(([key]) => key !== 'label' && (node['computed'] === true || (key !== 'property' && key !== 'key')))
    .flatMap(([, value]) => /** @type {unknown} */ (value))
    .filter((value) => typeof value === 'object' && value !== null && 'type' in value)
    .map((value) => /** @type {Node} */ (value));
}

/**
 * Names that a function, or the whole script, declares.
 *
 * @param {Node} scope
 */
function declaredIn(scope) {
  /** @type {Set<string>} */
  const names = new Set([nameOf(scope['id']), .../** @type {Node[]} */ (scope['params'] ?? []).map(nameOf)]);
  const look = (/** @type {Node} */ node) => {
    if (node.type === 'VariableDeclarator' || node.type === 'FunctionDeclaration') names.add(nameOf(node['id']));
    if (!node.type.startsWith('Function')) childrenOf(node).forEach(look);
  };
  childrenOf(scope).forEach(look);
  return names;
}
