/** A module of a package, from where `npm run build` puts it in the checkout at `root`. */
export function built(root, path) {
  return import(new URL(`packages/${path}`, `file://${root}/`));
}
