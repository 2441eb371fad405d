import Autograd
import Compute
import Datasets
import Elementary
import HTNetModel
import Kernels
import Matrices
import NeuralNetwork
import Random
import XCTest

/// No random word serves twice, whatever it is for.
final class RandomWordsTests: XCTestCase {
  private struct Word: Hashable {
    let stream: SIMD2<UInt32>
    let place: UInt64
  }

  /// Words that have been drawn; every one is computed here from Philox's counter.
  private struct Words {
    let seed: UInt64
    var drawn: Set<Word> = []
    var twice: [Word] = []

    /// The number in [0, 1) of word `index` of a lane, noted as drawn.
    mutating func uniform(
      _ index: Int, lane: Int, fold: UInt32, epoch: UInt32, purpose: UInt32
    ) -> Double {
      let word = Word(
        stream: SIMD2(fold << 8 | purpose, epoch), place: UInt64(lane) << 40 + UInt64(index))
      if !drawn.insert(word).inserted { twice.append(word) }
      let block = word.place >> 2
      let words = CounterGenerator.philox(
        counter: SIMD4(
          UInt32(truncatingIfNeeded: block), UInt32(block >> 32), word.stream.x, word.stream.y),
        key: (UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32)))
      return Double(words[Int(word.place & 3)] >> 8) / 16_777_216
    }

    mutating func normal(
      _ index: Int, lane: Int, fold: UInt32, epoch: UInt32, purpose: UInt32
    ) -> Double {
      let radius =
        1 - uniform(2 * index, lane: lane, fold: fold, epoch: epoch, purpose: purpose | 0x80)
      let turn = uniform(
        2 * index + 1, lane: lane, fold: fold, epoch: epoch, purpose: purpose | 0x80)
      return (-2 * Elementary.log(radius)).squareRoot() * Elementary.cosine(ofTurn: turn)
    }
  }

  private static let seed: UInt64 = 0x9_0000_0007

  /// Four tokens a block, so that position embeddings are several normal draws.
  private static let model: HTNet = {
    var configuration = HTNetConfiguration()
    configuration.imageSize = 8
    configuration.patchSize = 1
    configuration.dim = 4
    configuration.heads = 2
    configuration.blockRepeats = [1, 1, 2]
    configuration.mlpMultiple = 1
    configuration.dropout = 0.25
    return try! HTNet(configuration)
  }()

  func testEveryDrawIsOfItsOwnWords() {
    var words = Words(seed: Self.seed)
    for fold in [0, 1] {
      initialWeights(fold: fold, &words)
      for epoch in 0..<3 { batchOrder(fold: fold, epoch: epoch, &words) }
      for step in 0..<2 { masks(fold: fold, step: step, &words) }
      for epoch in [0, 1, 4] { syntheticData(fold: fold, epoch: epoch, &words) }
    }
    XCTAssertEqual(words.twice.count, 0, "first: \(words.twice.prefix(3))")
    XCTAssertGreaterThan(words.drawn.count, 50_000)
  }

  private func initialWeights(fold: Int, _ words: inout Words) {
    let layout = Self.model.layout
    let weights = Weights<Float>(layout)
    weights.initialize(
      CounterGenerator(seed: Self.seed, fold: fold, purpose: .initialWeights))
    var normals = 0
    for (lane, tensor) in layout.tensors.enumerated() {
      let expected = (0..<tensor.count).map { i -> Float in
        switch tensor.initialValues {
        case .constant(let value): return Float(value)
        case .normal:
          normals += 1
          return Float(
            words.normal(i, lane: lane, fold: UInt32(fold), epoch: 0, purpose: 1))
        case .uniform(let fanIn):
          let u = words.uniform(i, lane: lane, fold: UInt32(fold), epoch: 0, purpose: 1)
          return Float((2 * u - 1) * (1 / Double(fanIn).squareRoot()))
        }
      }
      XCTAssertEqual(
        Array(UnsafeBufferPointer(start: weights.pointer + tensor.offset, count: tensor.count)),
        expected, tensor.name)
    }
    XCTAssertEqual(normals, 12)
  }

  private func batchOrder(fold: Int, epoch: Int, _ words: inout Words) {
    var order = Array(0..<41)
    for i in stride(from: 40, to: 0, by: -1) {
      // 24 of the word's 32 bits are enough to tell which of at most 41 is meant, but rarely.
      let u = words.uniform(i, lane: 0, fold: UInt32(fold), epoch: UInt32(epoch), purpose: 2)
      order.swapAt(i, Int(u * Double(i + 1)))
    }
    XCTAssertEqual(
      BatchOrder.batches(
        count: 41, batchSize: 7, shuffle: true, seed: Self.seed, fold: fold, epoch: epoch
      ).flatMap { $0 }, order)
  }

  /// Masks of as many layers, as large as the model's largest.
  private func masks(fold: Int, step: Int, _ words: inout Words) {
    let context = CPUBackend<Float>()
    let weights = Weights<Float>(Self.model.layout)
    let generator = CounterGenerator(
      seed: Self.seed, fold: fold, epoch: step, purpose: .dropout)
    let (samples, columns) = (3, 256)
    for layer in 1...4 * Self.model.configuration.blockRepeats.reduce(0, +) {
      let tape = Tape(context, shards: BatchShards(whole: samples), weights: weights.buffer)
      let ones = context.matrix(samples, columns)
      ones.fill(1)
      let mask = tape.dropout(
        tape.input(ones),
        DropoutKey(generator: generator, layer: layer, probability: 0.25)
      ).value.values
      let expected = (0..<samples * columns).map { i -> Float in
        words.uniform(i, lane: layer, fold: UInt32(fold), epoch: UInt32(step), purpose: 3) < 0.25
          ? 0 : Float(1 / 0.75)
      }
      XCTAssertEqual(mask, expected, "layer \(layer)")
    }
  }

  /// Both kinds of draws with the same indices of one generator.
  private func syntheticData(fold: Int, epoch: Int, _ words: inout Words) {
    let generator = CounterGenerator(
      seed: Self.seed, fold: fold, epoch: epoch, purpose: .syntheticData)
    for i in 0..<300 {
      XCTAssertEqual(
        generator.uniform(i),
        words.uniform(i, lane: 0, fold: UInt32(fold), epoch: UInt32(epoch), purpose: 4))
      XCTAssertEqual(
        generator.normal(i),
        words.normal(i, lane: 0, fold: UInt32(fold), epoch: UInt32(epoch), purpose: 4))
    }
  }

  /// No tensor or mask is longer than a lane, where its words would be another's.
  func testTheLargestModelFitsIntoItsLanes() throws {
    let layout = try HTNet(HTNetConfiguration()).layout
    XCTAssertLessThan(layout.tensors.count, CounterGenerator.lanes)
    XCTAssertLessThan(2 * layout.tensors.map(\.count).max()!, CounterGenerator.laneWords)
  }
}
