/**
 * Derivatives of the few operations that the network is made of. TensorFlow.js
 * brings its own only with the full package, several times the size of core
 * and CPU backend.
 */
import * as tf from "@tensorflow/tfjs-core";

/** Sums what a smaller operand was spread over. */
function shapedLike(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(x.shape, dy.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(dy, axes) : dy, x.shape);
}

type Gradient = (
  dy: tf.Tensor,
  saved: tf.Tensor[],
  attrs: { axis: number },
  parts: tf.Tensor[],
) => Record<string, () => tf.Tensor>;

function register(
  kernelName: string,
  inputsToSave: string[],
  outputsToSave: boolean[],
  gradient: Gradient,
): void {
  tf.registerGradient({
    kernelName,
    inputsToSave,
    outputsToSave,
    gradFunc: (dy, saved, attrs) =>
      gradient(
        dy as tf.Tensor,
        saved,
        attrs as unknown as { axis: number },
        dy as tf.Tensor[],
      ),
  });
}

/** Makes the derivatives known to TensorFlow.js. */
export function registerGradients(): void {
  const one = () => tf.scalar(1);
  register("Add", ["a", "b"], [], (dy, [a, b]) => ({
    a: () => shapedLike(dy, a!),
    b: () => shapedLike(dy, b!),
  }));
  register("Sub", ["a", "b"], [], (dy, [a, b]) => ({
    a: () => shapedLike(dy, a!),
    b: () => shapedLike(tf.neg(dy), b!),
  }));
  register("Multiply", ["a", "b"], [], (dy, [a, b]) => ({
    a: () => shapedLike(tf.mul(dy, b!), a!),
    b: () => shapedLike(tf.mul(dy, a!), b!),
  }));
  register("BatchMatMul", ["a", "b"], [], (dy, [a, b]) => ({
    a: () => tf.matMul(dy, b!, false, true),
    b: () => tf.matMul(a!, dy, true, false),
  }));
  register("Sigmoid", [], [true], (dy, [y]) => ({
    x: () => tf.mul(dy, tf.mul(y!, tf.sub(one(), y!))),
  }));
  register("Tanh", [], [true], (dy, [y]) => ({
    x: () => tf.mul(dy, tf.sub(one(), tf.square(y!))),
  }));
  register("Square", ["x"], [], (dy, [x]) => ({
    x: () => tf.mul(dy, tf.mul(x!, tf.scalar(2))),
  }));
  register("Reshape", ["x"], [], (dy, [x]) => ({
    x: () => tf.reshape(dy, x!.shape),
  }));
  register("Sum", ["x"], [], (dy, [x]) => ({
    x: () => tf.mul(tf.ones(x!.shape), dy),
  }));
  register("SplitV", [], [], (_dy, _saved, { axis }, parts) => ({
    x: () => tf.concat(parts, axis),
  }));
  register("Unpack", [], [], (_dy, _saved, { axis }, parts) => ({
    value: () => tf.stack(parts, axis),
  }));
}
