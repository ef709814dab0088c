import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import { ESLintUtils } from '@typescript-eslint/utils';
import tseslint from 'typescript-eslint';

/** The ES5 build takes whatever is spread or looped over for an array: a Map, Set or string comes out wrong there. */
const onlyArrays = ESLintUtils.RuleCreator.withoutDocs({
  meta: {
    type: 'problem',
    schema: [],
    defaultOptions: [],
    messages: { notArray: 'Arrays only: the ES5 build takes this for one. Use Array.from or forEach.' },
  },
  create(context) {
    const services = ESLintUtils.getParserServices(context);
    const checker = services.program.getTypeChecker();
    /** @param {import('@typescript-eslint/utils').TSESTree.Expression} node */
    const check = (node) => {
      const type = checker.getApparentType(services.getTypeAtLocation(node));
      const parts = type.isUnion() ? type.types : [type];
      if (parts.every((part) => checker.isArrayType(part) || checker.isTupleType(part))) return;
      context.report({ node, messageId: 'notArray' });
    };
    return {
      ':matches(ArrayExpression, CallExpression, NewExpression) > SpreadElement'(
        /** @type {import('@typescript-eslint/utils').TSESTree.SpreadElement} */ node,
      ) {
        check(node.argument);
      },
      ForOfStatement(node) {
        check(node.right);
      },
    };
  },
});

// typescript-eslint's type of a rule is narrower than the one that eslint asks for.
const holdfast = /** @type {import('eslint').ESLint.Plugin} */ (
  /** @type {unknown} */ ({ rules: { 'only-arrays': onlyArrays } })
);

export default defineConfig(
  { ignores: ['**/dist/**', 'packages/client/es5/index.js', '**/node_modules/**', '**/.turbo/**', 'bench/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },
  {
    files: ['**/*.{ts,js,mjs}'],
    extends: [eslint.configs.recommended, tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // tsc knows better which globals exist where.
      'no-undef': 'off',
      eqeqeq: 'error',
      'max-lines': ['error', 600],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Use a named export.' },
        { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
      ],
      'object-shorthand': 'error',
      'prefer-template': 'error',
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-ignore': true, 'ts-nocheck': true, 'ts-expect-error': 'allow-with-description' },
      ],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'all' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { allowDefaultCaseForExhaustiveSwitch: false, requireDefaultForNonUnion: true },
      ],
      // `Record`-like index signatures are read with brackets (tsc: noPropertyAccessFromIndexSignature).
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['packages/{protocol,client}/src/**/*.ts'],
    ignores: ['**/*.test.ts', '**/testing/**', 'packages/*/src/node/**', 'packages/protocol/src/server/**'],
    plugins: { holdfast },
    rules: { 'holdfast/only-arrays': 'error' },
  },
  {
    files: ['packages/{protocol,client}/src/**/*.ts'],
    ignores: ['**/*.test.ts', 'packages/*/src/node/**'],
    rules: {
      // What these ask for is missing in ES5 engines, or costs a helper there.
      '@typescript-eslint/prefer-find': 'off',
      '@typescript-eslint/prefer-for-of': 'off',
      '@typescript-eslint/prefer-includes': 'off',
      '@typescript-eslint/prefer-string-starts-ends-with': 'off',
    },
  },
  {
    // Their tools ask for a default export.
    files: ['**/*.config.{ts,js}'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.test.ts', 'test/**'],
    rules: { '@typescript-eslint/require-await': 'off', '@typescript-eslint/no-empty-function': 'off' },
  },
);
