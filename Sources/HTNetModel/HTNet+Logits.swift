import Autograd
import Compute
import Kernels
import NeuralNetwork

extension HTNet {
  /// Logits [clips][classes] without dropout. Where products are the engine's own, neither the batch nor
  /// threads change a bit.
  ///
  /// - Parameters:
  ///   - clips: How many there are.
  ///   - batch: How many are computed at once, at most.
  ///   - copyImage: Writes a clip's input, [channel, row, column].
  public func logits(
    of clips: Int, batch: Int, weights: Weights<Float>, _ context: CPUBackend<Float>,
    copyImage: (Int, UnsafeMutablePointer<Float>) -> Void
  ) -> [[Float]] {
    let pixels = configuration.channels * configuration.imageSize * configuration.imageSize
    var logits: [[Float]] = []
    for start in stride(from: 0, to: clips, by: batch) {
      let count = min(batch, clips - start)
      let images = context.matrix(count, pixels)
      for row in 0..<count { copyImage(start + row, images.row(row)) }
      let tape = Tape(context, shards: BatchShards(whole: count), weights: weights.buffer)
      let values = self(images, on: tape).value
      logits += (0..<count).map {
        Array(UnsafeBufferPointer(start: values.row($0), count: values.columns))
      }
    }
    return logits
  }
}
