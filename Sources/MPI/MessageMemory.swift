/// Memory that a message is sent from or received into, and the object that keeps it.
public struct MessageMemory {
  public let bytes: UnsafeMutableRawBufferPointer
  let owner: AnyObject

  /// - Parameter owner: As long as it lives, the bytes are there.
  public init(_ bytes: UnsafeMutableRawBufferPointer, of owner: AnyObject) {
    self.bytes = bytes
    self.owner = owner
  }
}

/// Bytes of a message, for those that have no owner of their own.
final class MessageBytes {
  let bytes: UnsafeMutableRawBufferPointer

  /// Bytes with unspecified contents.
  init(count: Int) { bytes = .allocate(byteCount: count, alignment: 16) }

  convenience init(_ contents: some Collection<UInt8>) {
    self.init(count: contents.count)
    bytes.copyBytes(from: contents)
  }

  deinit { bytes.deallocate() }

  var memory: MessageMemory { MessageMemory(bytes, of: self) }
  var array: [UInt8] { Array(bytes) }
}
