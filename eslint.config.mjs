import { fileURLToPath } from 'node:url';
import prettier from 'eslint-config-prettier';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import rxjsX from 'eslint-plugin-rxjs-x';
import tseslint from 'typescript-eslint';

/** Each of these has one home, so that time, chance and the environment can be handed in everywhere else. */
const homes = [
  {
    home: 'lib/world/clock.ts',
    selectors: [
      "MemberExpression[object.name='Date'][property.name='now']",
      "NewExpression[callee.name='Date'][arguments.length=0]",
      "MemberExpression[object.name='performance'][property.name='now']",
      "MemberExpression[object.name='process'][property.name='hrtime']",
    ],
    message: 'The clock is read in lib/world/clock.ts only.',
  },
  {
    home: 'lib/world/random.ts',
    selectors: [
      "MemberExpression[object.name='Math'][property.name='random']",
      'CallExpression[callee.name=/^random(Bytes|UUID|Int)$/]',
      'CallExpression[callee.property.name=/^random(Bytes|UUID|Int)$/]',
    ],
    message: 'Randomness comes from lib/world/random.ts only.',
  },
  {
    home: 'lib/world/environment.ts',
    selectors: ["MemberExpression[object.name='process'][property.name='env']"],
    message: 'The environment is read in lib/world/environment.ts only.',
  },
  {
    home: 'lib/world/folders.ts',
    selectors: ["CallExpression[callee.name=/^mkdir(Sync)?$/] Property[key.name='recursive']"],
    message: 'Folders are made in lib/world/folders.ts only: mkdir with recursive never ends in /proc.',
  },
  {
    home: 'bin/drain.ts',
    selectors: [
      "CallExpression[callee.property.name='subscribe']",
      'CallExpression[callee.name=/^(first|last)ValueFrom$/]',
    ],
    message: 'Streams are subscribed to in bin/drain.ts only.',
  },
];
const endless = {
  selector: "CallExpression[callee.name='shareReplay']:not(:has(Property[key.name='refCount'] > Literal[value=true]))",
  message: 'A shared stream ends with its last listener: refCount: true.',
};
const bansFor = file => [
  endless,
  ...homes
    .filter(({ home }) => home !== file)
    .flatMap(({ selectors, message }) => selectors.map(selector => ({ selector, message }))),
];

/** The folders of exchanges, each behind its adapter. */
const EXCHANGES = ['./lib/kraken'];

const sqlBan = {
  selector: 'CallExpression[callee.property.name=/^(query|execute)$/]',
  message: 'SQL lives in lib/world/store: a query has a name there that says what it reads.',
};

/** Where bin/ hands a stream what it touches, and the one place where streams are subscribed to. */
const WIRINGS = [
  'bin/drain.ts',
  'bin/backtest/play.ts',
  'bin/export/write.ts',
  'bin/parity/replay.ts',
  'bin/why/replay.ts',
  'bin/run/{positions,process,scanner,world}.ts',
];

const purity = [
  {
    selector: 'CallExpression[callee.name=/^set(Timeout|Interval|Immediate)$/]',
    message: 'Time is a parameter here: use RxJS operators or a port.',
  },
];
const NO_TAP = 'No tap in a stage: what reacts to values is a sink.';
const stageBans = [
  { selector: ':function[async=true]', message: 'No async in a stage: asking and saving are parameters.' },
  { selector: 'NewExpression[callee.name=/Subject$/]', message: 'No Subject in a stage.' },
  { selector: "CallExpression[callee.name='tap']", message: NO_TAP },
];

const off = (...names) => Object.fromEntries(names.map(name => [`@typescript-eslint/${name}`, 'off']));

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.data/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, rxjsX.configs.recommended],
    plugins: { 'import-x': importX },
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: fileURLToPath(new URL('.', import.meta.url)) },
    },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off', // every typed-array read would need one
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/prefer-literal-enum-member': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'rxjs-x/no-sharereplay': ['error', { allowConfig: true }],
      'no-console': 'error',
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-restricted-paths': [
        'error',
        {
          basePath: fileURLToPath(new URL('.', import.meta.url)),
          zones: [
            {
              target: './lib/!(world)/**/*',
              from: ['./lib/world', './streams', './entities', './migrations', './bin'],
              message: 'lib computes: it imports nothing of ours outside lib, and never lib/world.',
            },
            {
              target: './lib/*.ts',
              from: ['./lib/world', './streams', './entities', './migrations', './bin'],
              message: 'lib computes: it imports nothing of ours outside lib, and never lib/world.',
            },
            {
              target: [
                './streams',
                './entities',
                './bin/*.ts',
                './bin/!(import)/**/*',
                './lib/*.ts',
                './lib/!(exchange|kraken|simulator|world)/**/*',
                './lib/exchange/!(adapters).ts',
                './lib/world/*.ts',
                './lib/world/!(import)/**/*',
              ],
              from: EXCHANGES,
              message: 'An exchange is known by lib/exchange/adapters.ts alone (and by the simulator and the import).',
            },
            {
              target: './streams',
              from: ['./lib/world', './entities', './migrations', './bin'],
              message: 'streams is the data flow: the world comes in as parameters.',
            },
            {
              target: './lib/world',
              from: ['./streams', './bin'],
              message: 'lib/world serves the commands and knows nothing of them.',
            },
            {
              target: './entities',
              from: ['./lib/world', './streams', './migrations', './bin'],
              message: 'Entities describe tables and nothing else.',
            },
            {
              target: './migrations',
              from: ['./lib', './streams', './entities', './bin'],
              message: 'A migration is history: it never changes with the code.',
            },
          ],
        },
      ],
    },
    settings: {
      'import-x/resolver-next': [
        createNodeResolver({ extensions: ['.ts', '.js'], extensionAlias: { '.js': ['.ts', '.js'] } }),
      ],
    },
  },
  { files: ['**/*.ts'], rules: { 'no-restricted-syntax': ['error', ...bansFor('')] } },
  {
    files: ['bin/**/*.ts', 'lib/world/**/*.ts'],
    ignores: ['lib/world/{store,database,archive}/**'],
    rules: { 'no-restricted-syntax': ['error', ...bansFor(''), sqlBan] },
  },
  {
    files: ['lib/**/*.ts'],
    ignores: ['lib/world/**'],
    rules: { 'no-restricted-syntax': ['error', ...bansFor(''), ...purity] },
  },
  { files: ['streams/**/*.ts'], rules: { 'no-restricted-syntax': ['error', ...bansFor(''), ...purity, ...stageBans] } },
  {
    files: ['bin/**/*.ts'],
    ignores: WIRINGS,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'rxjs', message: 'Data flow lives in streams/: bin/ hands it what it touches, and starts it.' },
          ],
        },
      ],
    },
  },
  {
    files: ['streams/sinks/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...bansFor(''),
        ...purity,
        ...stageBans.filter(({ message }) => message !== NO_TAP),
      ],
    },
  },
  ...homes.map(({ home }) => ({ files: [home], rules: { 'no-restricted-syntax': ['error', ...bansFor(home)] } })),
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'no-restricted-syntax': 'off',
      'no-console': 'off',
      '@typescript-eslint/no-unused-expressions': 'off', // chai
      // What a test reads as JSON or rows has no type, and to find out costs as much as all other rules.
      ...off('no-unsafe-argument', 'no-unsafe-assignment', 'no-unsafe-call', 'no-unsafe-class-instance-assignment'),
      ...off('no-unsafe-enum-assignment', 'no-unsafe-member-access', 'no-unsafe-return', 'no-base-to-string'),
      ...off('no-deprecated', 'unbound-method'),
      'rxjs-x/no-ignored-subscription': 'off',
    },
  },
  prettier,
);
