"""Words of French and English mail: tokens, stems, concepts, questions. Pure; engines and knowledge share it."""
