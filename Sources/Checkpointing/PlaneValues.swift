import Files
import Foundation
import Requirements

/// Some values of a plane tensor, read from a part: planes [4, values].
public struct PlaneValues: Sendable {
  private let planes = PlaneBuffer()
  private let count: Int
  private let threads: Int

  /// Reads values `range` of a tensor of shape [4, n].
  ///
  /// - Throws: `CheckpointError`, `FileError`.
  public init(_ part: CheckpointPart, _ name: String, _ range: Range<Int>, threads: Int) throws {
    guard let tensor = part.tensor(name), tensor.type == .uint8, tensor.shape.count == 2,
      tensor.shape[0] == BytePlanes.count, range.upperBound <= tensor.shape[1]
    else { throw CheckpointError(part.path, "has no values \(range) in \"\(name)\"") }
    count = range.count
    self.threads = threads
    planes.reserve(BytePlanes.count * count)
    if range == 0..<tensor.shape[1] {
      try part.read(
        name, range: 0..<BytePlanes.count * count,
        into: UnsafeMutableRawBufferPointer(rebasing: planes.bytes[..<(BytePlanes.count * count)]),
        threads: threads)
      return
    }
    for plane in 0..<BytePlanes.count {
      let start = plane * tensor.shape[1] + range.lowerBound
      try part.read(
        name, range: start..<start + count,
        into: UnsafeMutableRawBufferPointer(
          rebasing: planes.bytes[plane * count..<(plane + 1) * count]), threads: threads)
    }
  }

  /// Turns differences into values.
  public func add(to base: PlaneValues) {
    require(base.count == count, "\(count) differences to \(base.count) values")
    nonisolated(unsafe) let target = pointer
    nonisolated(unsafe) let source = UnsafePointer(base.pointer)
    let stride = count
    forEachChunk(of: count) {
      BytePlanes.sum(target, base: source, stride: stride, range: $0)
    }
  }

  /// Writes the values to runs that together are as long.
  public func join(into runs: [UnsafeMutableBufferPointer<Float>]) {
    require(runs.reduce(0) { $0 + $1.count } == count, "runs of another length")
    nonisolated(unsafe) let planes = UnsafePointer(pointer)
    let stride = count
    var offset = 0
    for run in runs {
      nonisolated(unsafe) let run = run
      let start = offset
      forEachChunk(of: run.count) {
        BytePlanes.join(
          planes, stride: stride, offset: start + $0.lowerBound,
          to: UnsafeMutableBufferPointer(rebasing: run[$0]))
      }
      offset += run.count
    }
  }

  private var pointer: UnsafeMutablePointer<UInt8> {
    planes.bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
  }

  private func forEachChunk(of count: Int, _ body: @Sendable @escaping (Range<Int>) -> Void) {
    let size = 1 << 18
    guard count > size, threads > 1 else { return body(0..<count) }
    let chunks = (count + size - 1) / size
    BackgroundThreads.run(min(threads, chunks)) { thread in
      for chunk in Swift.stride(from: thread, to: chunks, by: min(threads, chunks)) {
        body(chunk * size..<min((chunk + 1) * size, count))
      }
    }
  }
}
