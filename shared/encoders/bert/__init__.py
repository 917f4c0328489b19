"""The BERT family: weights, tokenizer, int8 quantisation, and its OpenVINO engine."""
