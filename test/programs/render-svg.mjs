/** Writes a picture as PNG. Arguments: the SVG, and the path. */
import sharp from 'sharp';

const [svg, path] = process.argv.slice(2);
await sharp(Buffer.from(svg)).png().toFile(path);
