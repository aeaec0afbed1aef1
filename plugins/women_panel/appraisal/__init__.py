"""The comprehensive appraisal (综合评议): a wider group weighs income, labour and the panel's vote, household by household."""
