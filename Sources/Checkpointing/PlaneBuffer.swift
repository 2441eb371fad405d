import Foundation

/// Memory for byte planes, which grows when it must and is used again for every checkpoint.
public final class PlaneBuffer: @unchecked Sendable {
  // Unchecked: it has one user at a time: training fills it, then a background task reads it while
  // training leaves it alone.
  public private(set) var bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  public init() {}

  deinit { bytes.deallocate() }

  /// Makes room for `count` bytes; what they hold is unspecified.
  public func reserve(_ count: Int) {
    guard bytes.count < count else { return }
    bytes.deallocate()
    bytes = .allocate(byteCount: count, alignment: 64)
  }
}
