// Models behind a Proxy. Valtio and similar libraries, which observe the objects they hold, wrap an object
// or its copy in a Proxy. Methods are then called on the Proxy, which lacks the private fields.

/**
 * The key of a function that returns the instance itself. Such libraries copy functions without wrapping
 * them.
 */
const ITSELF = Symbol('itself');

interface Reachable {
  readonly [ITSELF]?: () => object;
}

/** Enables {@link reachThroughProxies} to find an instance. */
export function makeReachable(instance: object): void {
  Object.defineProperty(instance, ITSELF, { value: () => instance, configurable: true });
}

/**
 * Makes all methods and getters of a class work on a Proxy of an instance.
 *
 * @param isInstance whether a value is an instance, as opposed to a Proxy of one.
 */
export function reachThroughProxies(
  prototype: object,
  isInstance: (value: object) => boolean,
): void {
  const find = (given: unknown) => {
    if (typeof given !== 'object' || given === null || isInstance(given)) return given;
    return (given as Reachable)[ITSELF]?.() ?? given;
  };
  for (const key of Reflect.ownKeys(prototype)) {
    const property = Object.getOwnPropertyDescriptor(prototype, key) as PropertyDescriptor;
    const part = property.get ? 'get' : 'value';
    const method = property[part];
    if (key === 'constructor' || typeof method !== 'function') continue;
    const { name, length } = method;
    property[part] = function (this: unknown, ...args: unknown[]) {
      return Reflect.apply(method, find(this), args);
    };
    Object.defineProperties(property[part], { name: { value: name }, length: { value: length } });
    Object.defineProperty(prototype, key, property);
  }
}
