import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** What would make the client's core impure: it is given the time, chance and the network. */
const impure = [
  "Date",
  "WebSocket",
  "crypto",
  "document",
  "fetch",
  "globalThis",
  "localStorage",
  "navigator",
  "performance",
  "sessionStorage",
  "setInterval",
  "setTimeout",
  "window",
];

export default defineConfig(
  globalIgnores(["dist", "src/client/contract"]),
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ["tsconfig.json", "tsconfig.tools.json"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      complexity: ["error", 10],
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", 70],
      "max-params": ["error", 6],
    },
  },
  {
    files: ["src/**/*.tsx"],
    extends: [reactHooks.configs.flat.recommended, jsxA11y.flatConfigs.strict],
  },
  {
    files: ["src/client/networked/**"],
    rules: { "no-restricted-imports": ["error", { patterns: ["react*", "../../*"] }] },
  },
  {
    files: ["src/client/**"],
    ignores: ["src/client/networked/**"],
    rules: {
      "no-restricted-globals": ["error", ...impure],
      "no-restricted-properties": ["error", { object: "Math", property: "random" }],
      "no-restricted-imports": ["error", { patterns: ["react*", "../*", "*networked*"] }],
    },
  },
  {
    files: ["tests/**"],
    rules: { "max-lines-per-function": "off" },
  },
  {
    files: ["scripts/**", "*.js"],
    languageOptions: { globals: { URL: "readonly", console: "readonly", process: "readonly" } },
  },
);
