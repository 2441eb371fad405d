import Foundation
import Matrices
import Random
import Requirements
import Threads

/// A model's flat weights, and their way to and from the published tensors.
public final class Weights<Scalar: BinaryFloatingPoint & Sendable> {
  public let layout: ParameterLayout
  public let buffer: Buffer<Scalar>

  /// Zeros.
  public init(_ layout: ParameterLayout) {
    self.layout = layout
    buffer = Buffer(count: layout.weightCount)
  }

  package var pointer: UnsafeMutablePointer<Scalar> { buffer.pointer }

  /// Draws first values: those of tensor n are made of lane n of the generator's words.
  ///
  /// - Parameter threads: Threads that share the work; nil: the caller's alone.
  public func initialize(_ generator: CounterGenerator, threads: ThreadPool? = nil) {
    for (number, tensor) in layout.tensors.enumerated() {
      let values = pointer + tensor.offset
      switch tensor.initialValues {
      case .constant(let value):
        values.update(repeating: Scalar(value), count: tensor.count)
      case .uniform(let fanIn):
        let bound = 1 / Double(fanIn).squareRoot()
        let part = 1 << 16
        let parts = (tensor.count + part - 1) / part
        let fill = { (index: Int, _: Int) in
          generator.fillUniform(
            values, index * part..<min((index + 1) * part, tensor.count), lane: number, bound: bound
          )
        }
        if let threads { threads.run(parts, fill) } else { (0..<parts).forEach { fill($0, 0) } }
      case .normal:
        for i in 0..<tensor.count { values[i] = Scalar(generator.normal(i, lane: number)) }
      }
    }
  }

  /// A tensor's values in the published order.
  public func published(_ tensor: PublishedTensor) -> [Scalar] {
    Self.published(tensor, from: pointer + tensor.offset)
  }

  /// Values kept in `tensor`'s order, in the published order.
  package static func published(_ tensor: PublishedTensor, from values: UnsafePointer<Scalar>)
    -> [Scalar]
  {
    [Scalar](unsafeUninitializedCapacity: tensor.count) { target, count in
      switch tensor.order {
      case .published:
        target.baseAddress!.update(from: values, count: tensor.count)
      case .tapsFirst:
        let pairs = tensor.count / 9
        for tap in 0..<9 {
          for pair in 0..<pairs { target[pair * 9 + tap] = values[tap * pairs + pair] }
        }
      }
      count = tensor.count
    }
  }

  /// Takes a tensor's values in the published order.
  public func setPublished(_ tensor: PublishedTensor, to values: [Scalar]) {
    require(
      values.count == tensor.count, "\(values.count) values for \(tensor.name) \(tensor.shape)")
    let target = pointer + tensor.offset
    switch tensor.order {
    case .published:
      for (i, value) in values.enumerated() { target[i] = value }
    case .tapsFirst:
      let pairs = tensor.count / 9
      for pair in 0..<pairs {
        for tap in 0..<9 { target[tap * pairs + pair] = values[pair * 9 + tap] }
      }
    }
  }
}
