// Models behind a Proxy: Valtio, and others that watch what they hold, put one in front of it or of a
// copy of it. A method is then called on the Proxy, which has none of the private fields.

/** Under this an instance has a function that returns it: those are wrapped by nobody, and copied. */
const ITSELF = Symbol('itself');

interface Reachable {
  readonly [ITSELF]?: () => object;
}

/** Lets {@link reachThroughProxies} find an instance. */
export function makeReachable(instance: object): void {
  Object.defineProperty(instance, ITSELF, { value: () => instance, configurable: true });
}

/**
 * Makes all methods and getters of a class work on what is in front of an instance as on the instance.
 *
 * @param isInstance whether a value is one, and no Proxy.
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
