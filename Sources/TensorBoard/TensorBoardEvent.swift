/// A record of an event file, as TensorBoard reads them: its length, the length's checksum, a message
/// `Event`, and that one's checksum (TensorFlow's `record_writer.h`, `event.proto`, `summary.proto`).
public struct TensorBoardEvent: Sendable {
  public let bytes: [UInt8]

  /// What a training's hyperparameter is.
  public enum Value: Sendable, Equatable {
    case number(Double)
    case flag(Bool)
    case text(String)
  }

  /// - Parameter time: Seconds since 1970.
  private init(time: Double, _ write: (inout ProtobufMessage) -> Void) {
    var event = ProtobufMessage()
    event.add(1, time)
    write(&event)
    let length = UInt64(event.bytes.count).littleEndianBytes
    bytes =
      length + CRC32C.masked(length).littleEndianBytes + event.bytes
      + CRC32C.masked(event.bytes).littleEndianBytes
  }

  /// What every event file begins with.
  public static func version(time: Double) -> Self {
    Self(time: time) { $0.add(3, "brain.Event:2") }
  }

  /// Values of a step, by tag. TensorBoard holds a scalar in 32 bits.
  public static func scalars(_ values: [(tag: String, value: Double)], step: Int, time: Double)
    -> Self
  {
    Self(time: time) { event in
      event.add(2, UInt64(step))
      event.add(5) { summary in
        for (tag, number) in values {
          summary.add(1) { value in
            value.add(1, tag)
            value.add(2, Float(number))
          }
        }
      }
    }
  }

  /// What TensorBoard's page of hyperparameters shows of the training that begins.
  public static func hyperparameters(_ values: [(name: String, value: Value)], time: Double)
    -> Self
  {
    session("_hparams_/session_start_info", time: time) { data in
      data.add(3) { start in
        for (name, value) in values {
          start.add(1) { entry in
            entry.add(1, name)
            entry.add(2) { $0.add(value) }
          }
        }
        start.add(5, time)
      }
    }
  }

  /// That the training is finished, for the same page.
  public static func success(time: Double) -> Self {
    session("_hparams_/session_end_info", time: time) { data in
      data.add(4) { end in
        end.add(1, UInt64(1))
        end.add(2, time)
      }
    }
  }

  /// The plugin's own message travels as metadata of a value that is no number.
  private static func session(
    _ tag: String, time: Double, _ content: (inout ProtobufMessage) -> Void
  ) -> Self {
    var data = ProtobufMessage()
    content(&data)
    return Self(time: time) { event in
      event.add(5) { summary in
        summary.add(1) { value in
          value.add(1, tag)
          // A tensor of float32 of shape [0], as the plugin's own writer gives.
          value.add(8) { tensor in
            tensor.add(1, UInt64(1))
            tensor.add(2) { shape in shape.add(2, [UInt8]()) }
          }
          value.add(9) { metadata in
            metadata.add(1) { plugin in
              plugin.add(1, "hparams")
              plugin.add(2, data.bytes)
            }
          }
        }
      }
    }
  }
}

extension ProtobufMessage {
  /// As `google.protobuf.Value`.
  fileprivate mutating func add(_ value: TensorBoardEvent.Value) {
    switch value {
    case .number(let number): add(2, number)
    case .text(let text): add(3, text)
    case .flag(let flag): add(4, UInt64(flag ? 1 : 0))
    }
  }
}
