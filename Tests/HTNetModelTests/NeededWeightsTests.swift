import Autograd
import Compute
import HTNetModel
import Kernels
import NeuralNetwork
import Random
import TestSupport
import XCTest

/// The forward pass asks for weights before it reads them, layer by layer from the front.
final class NeededWeightsTests: XCTestCase {
  private static let batch = 3

  private func configuration(map: Int) -> HTNetConfiguration {
    var configuration = HTNetConfiguration()
    configuration.hierarchies = 3
    configuration.imageSize = 2 * map
    configuration.patchSize = 2
    configuration.dim = 4
    configuration.heads = 2
    configuration.blockRepeats = [1, 2, 3]
    return configuration
  }

  /// The logits, and what the pass asked for.
  private func logits(
    _ model: HTNet, _ weights: Weights<Float>, needsWeights: ((Int) -> Void)?
  ) -> [Float] {
    let context = CPUBackend<Float>()
    let gradients = NodeGradients<CPUBackend<Float>>(count: model.layout.gradientCount)
    let tape = Tape(
      context, shards: BatchShards(whole: Self.batch), weights: weights.buffer,
      gradients: gradients, needsWeights: needsWeights)
    let pixels = 3 * model.configuration.imageSize * model.configuration.imageSize
    let images = context.matrix(Self.batch, pixels)
    let generator = CounterGenerator(seed: 4, purpose: .syntheticData)
    for i in 0..<images.count { images.pointer[i] = Float(255 * generator.uniform(i)) }
    return model(images, on: tape).value.values
  }

  func testWeightsThatComeWhenTheyAreAskedForAreInTime() throws {
    // One token a block, where queries and keys are never read, and four.
    for map in [4, 8] {
      let model = try HTNet(configuration(map: map))
      let whole = Weights<Float>(model.layout)
      whole.initialize(CounterGenerator(seed: 9, purpose: .initialWeights))
      let expected = logits(model, whole, needsWeights: nil)
      XCTAssertTrue(expected.allSatisfy(\.isFinite))

      let coming = Weights<Float>(model.layout)
      coming.buffer.pointer.update(repeating: .nan, count: model.layout.weightCount)
      var ends: [Int] = []
      var here = 0
      let found = logits(model, coming) { end in
        ends.append(end)
        guard end > here else { return }
        (coming.buffer.pointer + here).update(
          from: whole.buffer.pointer + here, count: end - here)
        here = end
      }
      XCTAssertEqual(found.map(\.bitPattern), expected.map(\.bitPattern), "map \(map)")

      // Not more at once than a layer's weights.
      XCTAssertEqual(ends, ends.sorted())
      let layout = model.layout
      XCTAssertEqual(ends.first, layout.tensors[1].range.upperBound, "the embedding and its bias")
      XCTAssertEqual(ends.last, layout.weightCount)
      XCTAssertEqual(Set(ends).count, ends.count)
      // An embedding and a head, three levels' positions, two aggregations, six blocks, and norms.
      XCTAssertEqual(ends.count, 1 + 3 + 2 * 2 + 6 * 6 + 2)
    }
  }
}
