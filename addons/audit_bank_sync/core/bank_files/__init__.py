"""Bank files read into plain values: camt.052/053/054, pain.002, MT940, MT942 and CSV. Begin at `bank_file`.

values given out    statement, status_report; as JSON: plain
formats             camt (camt_entry, camt_values), pain002, mt940 (mt_message, mt_account, mt_remittance),
                    csv_reader with csv_mapping; archive for ZIP
what they stand on  source, xml_stream (xml_node, xml_callbacks, xml_text), values, tally, problems
what is then asked  joining and balances (pages, does it add up), checks (ours? possible days? there already?),
                    identity (seen before?), explaining (whose details?)
codes in words      bank_codes, reason_codes, status_codes
"""
