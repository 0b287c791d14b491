/** Version of this package, for the scope of its spans and metrics; a test holds it to package.json. */
export const VERSION = '0.1.0'
