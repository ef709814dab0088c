import ts from 'typescript';

// Letters that the short names of variables have as well come first: what is frequent already packs best.
const ALPHABET = Array.from('tseihnroaldcufpmgbvywkxjqzTSEINROALDCUFPMGBVHYWKXJQZ$_');

/**
 * A short name for each inner member of the sources, as esbuild's `mangleCache` takes it. esbuild by itself gives no two members the same
 * one, and there are hundreds; here members share it unless one object can have both, which the types tell.
 */
export function shortNames(entries: readonly string[], tsconfig: string, isInner: RegExp): Record<string, string> {
  const config = ts.getParsedCommandLineOfConfigFile(tsconfig, {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic });
  const program = ts.createProgram(entries, config?.options ?? {});
  const checker = program.getTypeChecker();
  /** How often each inner name is written. */
  const counts = new Map<string, number>();
  /** With whom it must not share: members of the same objects. */
  const beside = new Map<string, Set<string>>();
  /** What is written without being inner, and as short as a short one. */
  const taken = new Set<string>();
  /** Members that may be absent: asked for, they must not bring another. */
  const alone = new Set<string>();

  const readType = (node: ts.Node): void => {
    const members = checker.getPropertiesOfType(checker.getTypeAtLocation(node));
    const inner = members.filter(({ name }) => isInner.test(name));
    for (const { name, flags } of inner) {
      if (flags & ts.SymbolFlags.Optional) alone.add(name);
      const others = beside.get(name) ?? new Set();
      beside.set(name, others);
      for (const other of inner) if (other.name !== name) others.add(other.name);
    }
  };
  const read = (node: ts.Node): void => {
    const hasMembers = ts.isClassLike(node) || ts.isInterfaceDeclaration(node) || ts.isTypeLiteralNode(node);
    if (hasMembers || ts.isObjectLiteralExpression(node)) readType(node);
    if (ts.isIdentifier(node)) {
      if (isInner.test(node.text)) counts.set(node.text, (counts.get(node.text) ?? 0) + 1);
      else if (node.text.length < 3) taken.add(node.text);
    }
    ts.forEachChild(node, read);
  };
  for (const file of program.getSourceFiles()) if (!file.fileName.includes('node_modules')) read(file);

  const free = [...ALPHABET, ...ALPHABET.flatMap((a) => ALPHABET.map((b) => a + b))].filter((name) => !taken.has(name));
  const names: Record<string, string> = {};
  // The most frequent ones choose first.
  for (const [name] of [...counts].sort(([, a], [, b]) => b - a)) {
    const others = alone.has(name) ? Object.keys(names) : [...(beside.get(name) ?? []), ...alone];
    const used = new Set(others.map((other) => names[other]));
    const short = free.find((one) => !used.has(one));
    if (short === undefined) throw new Error(`There is no short name left for ${name}.`);
    names[name] = short;
  }
  return names;
}

function onUnRecoverableConfigFileDiagnostic(diagnostic: ts.Diagnostic): never {
  throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
}
