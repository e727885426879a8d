import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Where `npm run dev` finds a server.
const server = process.env["VIVA_DEV_SERVER"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  // Relative, so that the built page works under any path.
  base: "./",
  plugins: [react(), tailwindcss()],
  build: {
    target: "es2022",
    // Inlined assets would need `data:` in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { "/v1": { target: server, changeOrigin: true, ws: true, rewriteWsOrigin: true } },
  },
  test: {
    include: ["tests/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    // A busy machine fails no test.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
