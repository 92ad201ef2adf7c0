import js from '@eslint/js'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/**',
      '**/dist/**',
      '**/*.gen.ts',
      '**/*.cjs',
      '.cache/**',
      'demo-data/**',
      'terrarium-data/**',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'no-control-regex': 'off',
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'Transfers go through platform/http-client: fetch can lose bodies.' },
      ],
    },
  },
  { files: ['**/*.js', 'scripts/*.cjs'], extends: [tseslint.configs.disableTypeChecked] },
  {
    files: ['**/*.test.ts', 'e2e/**', 'bench/**', 'cli/**', 'web/**'],
    rules: { 'no-restricted-globals': 'off', '@typescript-eslint/no-floating-promises': 'error' },
  },
)
