import TensorBoard
import XCTest

/// Records as TensorBoard 2.21's own `RecordWriter` and messages write them.
final class TensorBoardEventTests: XCTestCase {
  private func hexadecimal(_ event: TensorBoardEvent) -> String {
    event.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  func testAFilesBeginning() {
    XCTAssertEqual(
      hexadecimal(.version(time: 1.5)),
      "1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c")
  }

  func testScalars() {
    XCTAssertEqual(
      hexadecimal(
        .scalars([("loss", 1.0986), ("learning_rate", 5e-5)], step: 300, time: 2.25)),
      "31000000000000009d8383e909000000000000024010ac022a230a0b0a046c6f737315ed9e8c3f0a140a0d6c"
        + "6561726e696e675f726174651517b75138e4669d56")
  }

  func testHyperparametersOfEachKind() {
    let expected: [(String, TensorBoardEvent.Value, String)] = [
      (
        "model.dim", .number(24),
        "6500000000000000ebd05a69090000000000000c402a5a0a580a1c5f68706172616d735f2f73657373696f6e"
          + "5f73746172745f696e666f42060801120212004a300a2e0a0768706172616d7312231a210a160a096d6f64"
          + "656c2e64696d1209110000000000003840290000000000000c40641ebee1"
      ),
      (
        "shuffle", .flag(true),
        "5c00000000000000c9cdf98f090000000000000c402a510a4f0a1c5f68706172616d735f2f73657373696f6e"
          + "5f73746172745f696e666f42060801120212004a270a250a0768706172616d73121a1a180a0d0a07736875"
          + "66666c6512022001290000000000000c402c6f0fcd"
      ),
      (
        "fold", .text("ä"),
        "5b000000000000001b01028a090000000000000c402a500a4e0a1c5f68706172616d735f2f73657373696f6e"
          + "5f73746172745f696e666f42060801120212004a260a240a0768706172616d7312191a170a0c0a04666f6c"
          + "6412041a02c3a4290000000000000c408740dac3"
      ),
    ]
    for (name, value, bytes) in expected {
      XCTAssertEqual(hexadecimal(.hyperparameters([(name, value)], time: 3.5)), bytes, name)
    }
  }

  func testATrainingsEnd() {
    XCTAssertEqual(
      hexadecimal(.success(time: 4.5)),
      "4d000000000000003d63d4a60900000000000012402a420a400a1a5f68706172616d735f2f73657373696f6e"
        + "5f656e645f696e666f42060801120212004a1a0a180a0768706172616d73120d220b080111000000000000"
        + "1240bcc11690")
  }

  /// A step below 128 and one above have the same record whatever the values are.
  func testARecordsLengthDependsOnItsStepAlone() {
    func length(_ step: Int, _ value: Double, _ time: Double) -> Int {
      TensorBoardEvent.scalars([("loss", value)], step: step, time: time).bytes.count
    }
    for step in [1, 127, 128, 20_000] {
      XCTAssertEqual(length(step, 0, 0), length(step, 1.0 / 3, 1.8e9 / 7))
    }
  }
}
