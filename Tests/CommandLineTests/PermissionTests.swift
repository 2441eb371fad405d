import XCTest

/// A file that is there and that this user may not read: status 74 from every command, by one rule.
final class PermissionTests: CommandLineTestCase {
  private func assertRefused(
    _ arguments: [String], _ file: String, line: UInt = #line
  ) throws {
    let before = snapshot(of: path("run"))
    // Root may read everything, so the system's answer is made up.
    let ended = try run(
      [Self.binary] + arguments, environment: fault("read", 1, "eacces", in: file, stays: true))
    let words = "\(arguments[0]) \(file): \(ended.output)\(ended.errors)"
    XCTAssertTrue(faultHappened, words, line: line)
    XCTAssertEqual(ended.status, 74, words, line: line)
    let message = "\(file): cannot open the file: Permission denied"
    XCTAssertTrue((ended.output + ended.errors).contains(message), words, line: line)
    if arguments[0] != "inspect" {
      XCTAssertTrue(
        ended.errors.contains("give this user the right to read and write it"), words, line: line)
    }
    XCTAssertEqual(snapshot(of: path("run")), before, words, line: line)
  }

  func testEveryCommandAndFile() throws {
    let data = try synthesize()
    let config = try write(
      "model: {dim: 6, block_repeats: [1, 1, 1]}\ntraining: {epochs: 1, batch_size: 8}\n",
      to: "config.yaml")
    let train = [
      "train", "--config", config, "--data", data, "--run", path("run"), "--set",
      "training.keep_weights=true", "--set", "folds.include=sub01",
    ]
    assertSuccess(try htnet(train))
    let weights = path("run/folds/sub01/weights.safetensors")
    let ledger = path("run/ledger.jsonl")
    for file in [
      config, data + "/combined_3_class2_for_optical_flow.csv", data + "/landmarks.csv",
      data + "/STSNet_whole_norm_u_v_os/sub01_clip1 .png", ledger, path("run/config.yaml"),
      path("run/folds/sub01/result.json"),
    ] {
      try assertRefused(train, file)
    }
    try assertRefused(
      Array(train.prefix(5)) + [
        "--run", path("other"), "--set", "training.initial_weights=\(weights)",
      ],
      weights)
    for file in [ledger, path("run/config.yaml"), path("run/folds/sub01/result.json")] {
      try assertRefused(["report", path("run")], file)
    }
    for file in [ledger, path("run/config.yaml"), weights] {
      try assertRefused(
        ["export", path("run"), "--fold", "sub01", "--output", path("out.safetensors")], file)
    }
    try assertRefused(["inspect", path("run")], ledger)
    try assertRefused(["inspect", "--verify", path("run")], weights)
    try assertRefused(["inspect", weights], weights)
    try assertRefused(["verify", weights], weights)
  }
}
