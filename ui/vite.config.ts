/// <reference types="vitest/config" />
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    outDir: "../services/gateway/ui/static",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the policy of the page allows no `data:` scripts or styles
    modulePreload: { polyfill: false }, // it would be an inline script
    target: "es2022",
    rollupOptions: {
      output: { assetFileNames: "assets/[name]-[hash][extname]" },
    },
  },
  server: {
    fs: { allow: [fileURLToPath(new URL("..", import.meta.url))] },
    proxy: { "/api": "http://127.0.0.1:8000", "/readyz": "http://127.0.0.1:8000" },
  },
  test: { environment: "happy-dom", setupFiles: ["./tests/setup.ts"], include: ["tests/**/*.test.{ts,tsx}"] },
});
