/** The build of hls.js without subtitles, DRM and ads, with the types of the full build. */
declare module 'hls.js/light' {
  export { default } from 'hls.js';
}
