"""Runs whose rows are large."""


def test_ten_thousand_keys_and_a_line_of_megabytes_come_back_exactly(client, server):
    path = client.run("large", "log")["path"]
    read = client.run("large", "read", path)
    sampled = read.pop("sampled")
    assert read == {"rows": 4, "exact": True, "text": 9 << 20, "summary": 10_000}
    assert [(row["metric/00007"], row["metric/09999"]) for row in sampled] == [(0, 0), (7, 9999), (14, 19998)]
