import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { precompress } from './precompress.js';

const SERVER = process.env.SERVER_URL ?? 'http://localhost:4000';

export default defineConfig({
  plugins: [react(), tailwindcss(), precompress(11)],
  build: {
    target: 'es2022',
    // The Content-Security-Policy allows neither inline scripts nor fonts out of data: URIs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/graphql': { target: SERVER, ws: true },
      '/graphiql': SERVER,
      '/uploads': SERVER,
      '/media': SERVER,
      '/api': SERVER,
      '/socket.io': { target: SERVER, ws: true },
    },
  },
});
